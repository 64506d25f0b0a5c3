"""Bring the database up to this release, and refuse one that these secrets cannot read."""

from __future__ import annotations

from importlib import resources
from typing import Any

from sqlalchemy import Connection, Row, text

from sms_service import library
from sms_service.runtime import Runtime
from sms_service.vault import VaultError

_CHECK = b"sms-service"
_LACKING = {
    "key_check": (
        "SECRET_KEY is not the one this data was made with; put the old one back, or after the new one with a comma"
    ),
    "newest_check": (
        "SECRET_KEY lacks the newest secret of this data; put it first, and the old one after it with a comma"
    ),
}
_DEPLOYMENT = text("select * from deployment where id = 1")
_KEEP_CHECK = text("""
    insert into deployment (id, key_check, newest_check) values (1, :check, :check)
    on conflict (id) do update set newest_check = excluded.newest_check
""")


class SchemaError(RuntimeError):
    """A database that this process must not work with, said in one line."""


async def migrate(rt: Runtime) -> None:
    """Run the migrations, publish the packaged flows and check that SECRET_KEY is the one the data was made with."""
    async with rt.engine.begin() as connection:
        await connection.execute(text("select pg_advisory_xact_lock(7267736)"))
        await connection.run_sync(_upgrade)
        row = (await connection.execute(_DEPLOYMENT)).one_or_none()
        if row is not None:
            _check(rt, row)
        await connection.execute(_KEEP_CHECK, {"check": rt.vault.wrap(_CHECK, b"check")})
        await library.publish_packaged(connection, rt.real())


def _upgrade(connection: Connection) -> None:
    # 12 MB, which a worker that only looks whether its secret is the right one need not carry.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option(
        "script_location", str(resources.files("sms_service.store") / "migrations").replace("%", "%%")
    )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _check(rt: Runtime, row: Row[Any]) -> None:
    """Raise SchemaError unless both the first and the newest secret of this data are at hand."""
    for column, words in _LACKING.items():
        sealed = getattr(row, column, None)  # the newest is known once this release has migrated
        try:
            if sealed is not None:
                rt.vault.unwrap(sealed, b"check")
        except VaultError:
            raise SchemaError(words) from None


async def verify(rt: Runtime) -> None:
    """Refuse a database that was never migrated, was made with another SECRET_KEY, or whose calendar was moved.

    With another key everybody would look like a stranger, their STOP included, and what waits to be sent could not be
    read; without the newest it would be so for whoever joined since. A moved calendar is a demo's, and is
    refused with Twilio itself. Raises SchemaError.
    """
    async with rt.engine.connect() as connection:
        if not (await connection.execute(text("select to_regclass('deployment')"))).scalar():
            raise SchemaError("this database has no tables yet; run `sms-service migrate`")
        row = (await connection.execute(_DEPLOYMENT)).one()
    _check(rt, row)
    if row.clock_offset and rt.settings.speaks_to_twilio:
        raise SchemaError(
            f"the calendar of this database was moved by {row.clock_offset} s; it cannot be used with Twilio itself"
        )
