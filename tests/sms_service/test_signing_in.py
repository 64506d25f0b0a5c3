"""What signing in does behind the page: the same for every address, and not without end from one network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from sms_service.runtime import Runtime
from tests.sms_service.desk import EMAIL, Dora, dora

__all__ = ["dora"]

_HERE = b"sign-in from:127.0.0.1"
_ENDS = dict.fromkeys(("RELEASE SAVEPOINT sa_savepoint_1", "ROLLBACK TO SAVEPOINT sa_savepoint_1"), "the note ends")
_MORE = """
    insert into sign_in_attempts (id, email_hash, at)
    select gen_random_uuid(), email_hash, at from sign_in_attempts, generate_series(1, :n) where email_hash = :hash
"""


@contextmanager
def _said_to_the_database(rt: Runtime) -> Iterator[list[str]]:
    said: list[str] = []
    engine = rt.engine.sync_engine

    def statement(_c: Any, _cursor: Any, words: str, *_: Any) -> None:
        said.append(" ".join(words.split()))

    def commit(_: Any) -> None:
        said.append("commit")

    def rollback(_: Any) -> None:
        said.append("rollback")

    heard = [("before_cursor_execute", statement), ("commit", commit), ("rollback", rollback)]
    for name, listener in heard:
        event.listen(engine, name, listener)
    try:
        yield said
    finally:
        for name, listener in heard:
            event.remove(engine, name, listener)


async def test_an_address_without_an_account_gives_the_database_the_same_to_do(dora: Dora) -> None:
    await dora.hire()
    found = []
    for email in (EMAIL, "nobody@checkin.test"):
        with _said_to_the_database(dora.rt) as said:
            assert (await dora.sign_in(email=email, password="not the password")).status_code == 401
        found.append([_ENDS.get(words, words) for words in said])
    assert found[0] == found[1]
    assert "rollback" not in found[0]
    assert await dora.rows("select act from audit") == [("sign-in.failed",)]


@pytest.mark.parametrize(("before", "status"), [(58, 401), (59, 429)])
async def test_many_accounts_tried_from_one_network_have_to_wait(dora: Dora, before: int, status: int) -> None:
    await dora.hire()
    await dora.sign_in(email="a@checkin.test")
    hashed = dora.rt.vault.sign(_HERE)
    await dora.rows(_MORE, n=before, hash=hashed)
    assert (await dora.sign_in(email="b@checkin.test")).status_code == status


async def test_who_gets_in_is_not_counted_against_the_others_of_the_network(dora: Dora) -> None:
    await dora.hire()
    assert (await dora.sign_in()).status_code == 303
    assert await dora.rows("select 1 from sign_in_attempts") == []
