"""A database of an earlier release, with people in it, is brought up to this one."""

from __future__ import annotations

from importlib import resources

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from sms_service import schema
from sms_service.demo.postgres import Postgres
from sms_service.runtime import open_runtime
from sms_service.settings import Settings
from tests import people
from tests.sms_service.served import database, here

# As the second release had it: what is missing here has a default, or came later.
BEFORE = """
    insert into senders (number, opt_out_mode) values ('+17575550100', 'ours');
    insert into programs (id, slug, name, sender, settings, created_at) values
        (gen_random_uuid(), 'tide', 'Tidewater check-in', '+17575550100',
         '{"operator": "Tidewater Care", "short_name": "Tide"}', now());
    insert into participants (id, phone_hash, created_at, heard_at) values (gen_random_uuid(), 'x', now(), now());
    insert into messages (id, sid, participant_id, sender, source, body, received_at)
        select gen_random_uuid(), 'SM1', id, '+17575550100', 'webhook', 'sealed', now() from participants;
    insert into staff (id, email, name, password_hash, totp_secret, created_at)
        values (gen_random_uuid(), 'sam@example.org', 'Sam', 'x', 'x', now());
    insert into staff_roles select s.id, p.id, 'support_lead' from staff s, programs p;
"""


def to_second(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(resources.files("sms_service.store") / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "0002")
    for statement in BEFORE.split(";\n"):
        if statement.strip():
            connection.execute(text(statement))


async def test_what_was_there_stays_and_nobody_is_called(postgres: Postgres, settings: Settings) -> None:
    rt = open_runtime(here(settings, database_url=await database(postgres, "migrating_test")), pool=1)
    async with rt.engine.begin() as connection:
        await connection.run_sync(to_second)
    await schema.migrate(rt)
    assert await people.rows(rt, "select sid, body is null, redact, redact_tries from messages") == [
        ("SM1", False, None, 0)
    ]
    async with rt.begin() as (connection, _):
        (program,) = await people.programs.load(connection)
    assert (program.settings.review, program.settings.promise_hours, program.calls) == ("none", 4, False)
    await people.second_program(rt)
    with pytest.raises(DBAPIError, match="exclude each other"):
        await people.rows(
            rt, "insert into staff_roles select s.id, p.id, 'auditor' from staff s, programs p where slug = 'north'"
        )
    await rt.close()
