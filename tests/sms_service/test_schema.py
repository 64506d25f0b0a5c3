"""The database: made by the migrations as the models have it, and refused where it does not fit."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, Connection, text

from sms_service import schema
from sms_service.demo.postgres import Postgres
from sms_service.runtime import Runtime, open_runtime
from sms_service.schema import SchemaError
from sms_service.settings import TWILIO, Settings
from sms_service.store.tables import metadata
from tests.sms_service.served import SECRET, database, here, variables

ANOTHER = "another-secret-than-the-data-was-made-with"


@pytest.fixture(scope="module")
async def place(postgres: Postgres, settings: Settings) -> Settings:
    """A database of this module's own, still empty."""
    return here(settings, database_url=await database(postgres, "schema_test"))


@pytest.fixture
async def fresh(place: Settings) -> AsyncIterator[Runtime]:
    rt = open_runtime(place, pool=1)
    await schema.migrate(rt)
    yield rt
    await rt.close()


def with_secrets(place: Settings, *secrets: str) -> Runtime:
    return open_runtime(place.model_copy(update={"secret_key": secrets}), pool=1)


async def turn(fresh: Runtime, *secrets: str) -> None:
    """Migrate with these secrets, as whoever turns them over does."""
    turned = with_secrets(fresh.settings, *secrets)
    await schema.migrate(turned)
    await schema.verify(turned)
    await turned.close()


async def test_the_migrations_make_what_the_models_say(fresh: Runtime) -> None:
    def differences(connection: Connection) -> list[object]:
        options = {"compare_type": True, "compare_server_default": True}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))

    async with fresh.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_the_checks_of_the_models_are_there_too(fresh: Runtime) -> None:
    """Alembic does not compare these."""
    wanted = {
        (table.name, str(one.name))
        for table in metadata.sorted_tables
        for one in table.constraints
        if isinstance(one, CheckConstraint)
    }
    assert wanted
    async with fresh.engine.connect() as connection:
        found = await connection.execute(
            text("""select conrelid::regclass::text, conname from pg_constraint
                where contype = 'c' and connamespace = 'public'::regnamespace""")
        )
        assert {(str(table), str(name)) for table, name in found} == wanted


async def test_migrating_again_and_from_several_places_at_once_changes_nothing(fresh: Runtime) -> None:
    others = [with_secrets(fresh.settings, SECRET) for _ in range(3)]
    await asyncio.gather(*(schema.migrate(rt) for rt in others))
    for rt in others:
        await rt.close()
    async with fresh.engine.connect() as connection:
        assert (await connection.execute(text("select count(*) from deployment"))).scalar_one() == 1
        assert (await connection.execute(text("select count(*) from current_flows"))).scalar_one() == 1


async def test_old_data_and_another_secret_is_one_clear_line(fresh: Runtime) -> None:
    stranger = with_secrets(fresh.settings, ANOTHER)
    with pytest.raises(SchemaError) as refused:
        await schema.migrate(stranger)
    await stranger.close()
    said = str(refused.value)
    assert said.startswith("SECRET_KEY is not the one this data was made with; put the old one back")
    assert "\n" not in said
    assert ANOTHER not in said


async def test_a_new_secret_before_the_old_one_is_fine(fresh: Runtime) -> None:
    await turn(fresh, ANOTHER, SECRET)
    await turn(fresh, SECRET, ANOTHER)


async def test_once_a_new_secret_was_put_first_a_process_without_it_is_refused(fresh: Runtime) -> None:
    """It could not read whoever joined since, nor find them: their texts would be lost, their STOP unknown."""
    await turn(fresh, ANOTHER, SECRET)
    for refuse in (schema.verify, schema.migrate):
        with pytest.raises(SchemaError, match="SECRET_KEY lacks the newest secret of this data; put it first"):
            await refuse(fresh)
    await turn(fresh, SECRET, ANOTHER)
    await schema.verify(fresh)


@pytest.mark.parametrize("module", [("sms_service.cli",), ("workers",)])
@pytest.mark.parametrize("words", [("work", "tick"), ("work", "deliver"), ("work", "upkeep"), ("cron",)])
async def test_no_process_starts_with_another_secret(
    fresh: Runtime, module: tuple[str, ...], words: tuple[str, ...]
) -> None:
    place = fresh.settings.model_copy(update={"secret_key": (ANOTHER,)})
    command = (sys.executable, "-m", *module, *words)
    ran = await asyncio.create_subprocess_exec(*command, env=variables(place), stdout=PIPE, stderr=PIPE)
    said, complained = await asyncio.wait_for(ran.communicate(), 60)
    assert (ran.returncode, said) == (1, b"")
    assert complained.count(b"\n") == 1
    assert complained.startswith(b"SECRET_KEY is not the one")


async def test_the_command_says_it_in_one_line_as_well(fresh: Runtime) -> None:
    place = fresh.settings.model_copy(update={"secret_key": (ANOTHER,)})
    command = (sys.executable, "-m", "sms_service.cli", "migrate")
    ran = await asyncio.create_subprocess_exec(*command, env=variables(place), stdout=PIPE, stderr=PIPE)
    said, complained = await ran.communicate()
    assert (ran.returncode, said) == (1, b"")
    assert complained.count(b"\n") == 1
    assert complained.startswith(b"SECRET_KEY is not the one")


async def test_a_database_whose_calendar_was_moved_is_not_for_real_phones(fresh: Runtime) -> None:
    real = open_runtime(fresh.settings.model_copy(update={"twilio_api_url": TWILIO}), pool=1)
    await schema.verify(real)
    async with fresh.engine.begin() as connection:
        await connection.execute(text("update deployment set clock_offset = 3600"))
    await schema.verify(fresh)
    with pytest.raises(SchemaError, match="was moved by 3600 s; it cannot be used with Twilio itself"):
        await schema.verify(real)
    await real.close()
    async with fresh.engine.begin() as connection:
        await connection.execute(text("update deployment set clock_offset = 0"))


async def test_a_process_refuses_a_database_of_another_secret_or_without_tables(
    fresh: Runtime, postgres: Postgres
) -> None:
    other = open_runtime(fresh.settings.model_copy(update={"secret_key": (ANOTHER,)}), pool=1)
    with pytest.raises(SchemaError, match="SECRET_KEY is not the one this data was made with"):
        await schema.verify(other)
    await other.close()
    empty = open_runtime(
        fresh.settings.model_copy(update={"database_url": postgres.url.rsplit("/", 1)[0] + "/postgres"}), pool=1
    )
    with pytest.raises(SchemaError, match="run `sms-service migrate`"):
        await schema.verify(empty)
    await empty.close()
