"""Many requests, one transaction: in order, never all for one, and never longer than somebody can wait."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
import sqlalchemy.exc
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text as sql

from sms_service import inbox
from sms_service.batches import Batches, UnavailableError, unavailable
from sms_service.demo.postgres import Postgres
from sms_service.inbox import Answered, Inbound
from sms_service.runtime import Runtime, open_runtime
from sms_service.vault import VaultError
from tests import people
from tests.people import SENDER
from tests.sms_service.carrier import ask, line, replies

RISKY = "I want to kill myself"
CROWD = [f"+1757555{n:04d}" for n in range(32)]
UNLUCKY = CROWD[20]


@asynccontextmanager
async def running(batches: Batches[object, object]) -> AsyncIterator[None]:
    batches.start()
    try:
        yield
    finally:
        await batches.stop()


def person(item: object) -> object:
    """Items are called "ada 1", "ada 2", "ben 1"."""
    return str(item).partition(" ")[0]


async def everybody(batches: Batches[object, object], items: Sequence[object]) -> list[object]:
    return list(await asyncio.gather(*(batches.put(item) for item in items), return_exceptions=True))


async def test_what_waits_together_is_handled_together() -> None:
    sizes: list[int] = []

    async def handle(items: Sequence[object]) -> list[object]:
        sizes.append(len(items))
        return list(items)

    batches: Batches[object, object] = Batches(handle, most=8, key=person, lanes=1)
    async with running(batches):
        items = [f"p{n} 1" for n in range(20)]
        assert await everybody(batches, items) == items
    assert sizes == [8, 8, 4]


async def test_one_that_fails_costs_nobody_else_their_answer() -> None:
    async def handle(items: Sequence[object]) -> list[object]:
        if "bad 1" in items:
            raise LookupError("bad")
        return list(items)

    batches: Batches[object, object] = Batches(handle, most=8, key=person)
    async with running(batches):
        found = await everybody(batches, [*(f"p{n} 1" for n in range(10)), "bad 1", "p1 2"])
    assert found[:10] == [f"p{n} 1" for n in range(10)]
    assert isinstance(found[10], LookupError)
    assert found[11] == "p1 2"


async def test_who_is_busy_elsewhere_is_offered_again_until_it_is_their_turn() -> None:
    offered: list[object] = []

    async def handle(items: Sequence[object]) -> list[object | None]:
        offered.extend(items)
        return [None if one == "ada 1" and offered.count(one) < 3 else one for one in items]

    batches: Batches[object, object] = Batches(handle, most=8, key=person)
    async with running(batches):
        assert await everybody(batches, ["ada 1", "ben 1"]) == ["ada 1", "ben 1"]
    assert (offered.count("ada 1"), offered.count("ben 1")) == (3, 1)


@settings(max_examples=60, deadline=None)
@given(
    items=st.lists(st.sampled_from("abcd"), max_size=40),
    moods=st.lists(st.sampled_from(["well", "busy", "fails", "slow"]), max_size=60),
    lanes=st.integers(1, 3),
)
async def test_each_persons_items_are_handled_in_order_and_never_side_by_side(
    items: list[str], moods: list[str], lanes: int
) -> None:
    names = [f"{who} {n}" for n, who in enumerate(items)]
    done: list[object] = []
    under_way: list[object] = []
    turns = iter(moods)

    async def handle(batch: Sequence[object]) -> list[object | None]:
        who = {person(item) for item in batch}
        assert not who.intersection(under_way)
        under_way.extend(who)
        try:
            mood = next(turns, "well")
            await asyncio.sleep(0.001 if mood == "slow" else 0)
            if mood == "fails" and len(batch) > 1:
                raise LookupError(mood)
            if mood == "busy":
                return [None for _ in batch]
            done.extend(batch)
            return list(batch)
        finally:
            under_way[:] = [one for one in under_way if one not in who]

    batches: Batches[object, object] = Batches(handle, most=5, key=person, lanes=lanes)
    async with running(batches):
        assert await everybody(batches, names) == names
    assert sorted(done, key=str) == sorted(names)
    for who in "abcd":
        assert [one for one in done if person(one) == who] == [one for one in names if person(one) == who]


async def test_a_batch_that_hangs_is_given_up_in_time_for_all_who_wait() -> None:
    """Even if whoever was asked takes longer still to let go."""
    calls = 0

    async def handle(items: Sequence[object]) -> list[object]:
        nonlocal calls
        calls += 1
        if calls == 1:
            try:
                await asyncio.sleep(30)
            finally:
                await asyncio.shield(asyncio.sleep(1))
        return list(items)

    batches: Batches[object, object] = Batches(handle, most=2, key=person, lanes=1, seconds=0.05)
    async with running(batches):
        began = time.monotonic()
        refused = await everybody(batches, [f"p{n} 1" for n in range(6)])
        assert time.monotonic() - began < 0.95
        assert {type(one) for one in refused} == {UnavailableError}
        assert await batches.put("ada 1") == "ada 1"
    assert calls == 2


async def test_a_database_that_goes_away_while_items_are_tried_singly_is_not_asked_for_each() -> None:
    calls = 0

    async def handle(items: Sequence[object]) -> list[object]:
        nonlocal calls
        calls += 1
        raise LookupError("bad") if calls == 1 else ConnectionRefusedError

    batches: Batches[object, object] = Batches(handle, most=30, key=person, lanes=1)
    async with running(batches):
        refused = await everybody(batches, [f"p{n} 1" for n in range(30)])
    assert {type(one) for one in refused} == {UnavailableError}
    assert calls == 2


async def test_whoever_still_waits_at_the_end_is_told_to_try_again() -> None:
    async def handle(items: Sequence[object]) -> list[object]:
        await asyncio.sleep(30)
        return list(items)

    batches: Batches[object, object] = Batches(handle, most=2, key=person)
    batches.start()
    waiting = asyncio.gather(*(batches.put(f"p{n} 1") for n in range(9)), return_exceptions=True)
    await asyncio.sleep(0.02)
    await batches.stop()
    assert {type(one) for one in await waiting} == {UnavailableError}


async def test_one_who_no_longer_waits_holds_nobody_up() -> None:
    async def handle(items: Sequence[object]) -> list[object | None]:
        await asyncio.sleep(0.01)
        return [None if one == "gone 1" else one for one in items]

    batches: Batches[object, object] = Batches(handle, most=2, key=person)
    async with running(batches):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await batches.put("gone 1")
        assert await everybody(batches, ["gone 2", "ada 1"]) == ["gone 2", "ada 1"]


@pytest.mark.parametrize("error", [ConnectionRefusedError(), TimeoutError(), sqlalchemy.exc.TimeoutError()])
def test_an_error_of_the_way_there_means_that_the_database_is_away(error: Exception) -> None:
    assert unavailable(error)


@pytest.mark.parametrize("error", [LookupError("x"), ValueError("x"), VaultError("x")])
def test_an_error_of_the_work_does_not(error: Exception) -> None:
    assert not unavailable(error)


async def test_a_server_that_takes_no_more_connections_counts_as_away(postgres: Postgres, rt: Runtime) -> None:
    await ask(rt, "drop role if exists crowded")
    await ask(rt, "create role crowded login connection limit 0 password 'crowded'")
    crowded = f"postgresql+asyncpg://crowded:crowded@{postgres.url.rpartition('@')[2]}"
    turned_away = open_runtime(rt.settings.model_copy(update={"database_url": crowded}))
    with pytest.raises(sqlalchemy.exc.DBAPIError, match="too many connections") as refused:
        await inbox.take(turned_away, [])
    await turned_away.close()
    assert unavailable(refused.value)


async def test_a_read_only_server_counts_as_away(rt: Runtime) -> None:
    async with rt.engine.connect() as connection:
        await connection.execute(sql("set transaction read only"))
        with pytest.raises(sqlalchemy.exc.DBAPIError) as refused:
            await connection.execute(sql("update deployment set clock_offset = 0"))
    assert unavailable(refused.value)
    with pytest.raises(sqlalchemy.exc.DBAPIError) as refused:
        await ask(rt, "select * from nowhere")
    assert not unavailable(refused.value)


@pytest.fixture
async def crowd(rt: Runtime) -> None:
    """Thirty-two people in the middle of a check-in, one of whose conversations has become unreadable."""
    await people.program(rt)
    for words in (*people.JOINING, "CHECKIN"):
        await inbox.take(rt, [text_of(number, words) for number in CROWD])
        await people.reach_phones(rt)
    await ask(
        rt,
        """update conversations set state = overlay(state placing '\\x00000000' from 20)
           where participant_id = (select id from participants where phone_hash = :who)""",
        who=rt.vault.lookup(UNLUCKY),
    )


def text_of(number: str, words: str) -> Inbound:
    return Inbound(people.sid(), number, SENDER, words)


@pytest.mark.usefixtures("crowd")
async def test_one_message_that_fails_in_a_batch_of_32_leaves_31_answered_as_ever(rt: Runtime) -> None:
    sizes: list[int] = []

    async def take(batch: Sequence[Inbound]) -> list[Answered | None]:
        sizes.append(len(batch))
        return await inbox.take(rt, batch)

    batches: Batches[Inbound, Answered] = Batches(take, most=32, key=lambda one: one.number)
    batches.start()
    found = await asyncio.gather(*(batches.put(text_of(n, "3")) for n in CROWD), return_exceptions=True)
    await batches.stop()
    assert sizes[0] == 32
    failed = {n: one for n, one in zip(CROWD, found, strict=True) if isinstance(one, BaseException)}
    assert [(n, type(one).__name__) for n, one in failed.items()] == [(UNLUCKY, "VaultError")]
    answered = [one.said[0].text[:4] for one in found if isinstance(one, Answered)]
    assert answered == ["2/4."] * 31
    assert await ask(rt, "select count(*) from check_ins") == [(31,)]


@pytest.mark.usefixtures("crowd")
async def test_through_the_door_the_one_gets_500_and_the_others_their_question(rt: Runtime) -> None:
    async with line(rt) as carrier:
        answers = await asyncio.gather(*(carrier.text("3", number=number) for number in CROWD))
    unlucky = answers.pop(CROWD.index(UNLUCKY))
    assert (unlucky.status_code, unlucky.text) == (500, "failed")
    assert [replies(one)[0][:4] for one in answers] == ["2/4."] * 31


@pytest.mark.usefixtures("crowd")
async def test_a_failing_text_that_sounds_like_risk_gets_988_all_the_same(rt: Runtime) -> None:
    async with line(rt) as carrier:
        texts = [carrier.text(RISKY if number == UNLUCKY else "3", number=number) for number in CROWD]
        answers = await asyncio.gather(*texts)
        unlucky = answers.pop(CROWD.index(UNLUCKY))
        spanish = await carrier.text("me quiero matar", number=UNLUCKY)
    for answer in (unlucky, spanish):
        said = replies(answer)
        assert len(said) == 2
        assert all("988" in one for one in said)
        assert "https://checkin.test/r/help" in said[1]
    assert [replies(one)[0][:4] for one in answers] == ["2/4."] * 31
