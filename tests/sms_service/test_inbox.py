"""Taking texts in: each once, in order, whoever else is at work."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from sms_service import gathering, inbox
from sms_service.gathering import UnknownSenderError
from sms_service.inbox import Answered, Inbound
from sms_service.runtime import Runtime
from sms_service.store.people import lock
from tests import people
from tests.people import ADA, BEN, CLEO, SENDER
from tests.sms_service.carrier import ask, contents

WEEK = ("CHECKIN", "3", "2", "1", "0")
RISKY = "I want to kill myself"


def texts(*words: str, number: str = ADA) -> list[Inbound]:
    return [Inbound(people.sid(), number, SENDER, word) for word in words]


def said(answers: Sequence[Answered | None]) -> list[list[str]]:
    return [[one.text for one in answer.said] if answer else [] for answer in answers]


async def take_all(rt: Runtime, batch: Sequence[Inbound]) -> list[Answered]:
    """Offer texts again until each has been taken in, as the web process does."""
    done: dict[int, Answered] = {}
    while left := [n for n in range(len(batch)) if n not in done]:
        answers = await inbox.take(rt, [batch[n] for n in left])
        done.update({n: answer for n, answer in zip(left, answers, strict=True) if answer})
    return [done[n] for n in range(len(batch))]


@pytest.fixture
async def ada(rt: Runtime) -> Runtime:
    """A runtime, and Ada who has joined."""
    await people.program(rt)
    await people.join(rt)
    return rt


async def test_a_batch_of_one_persons_texts_is_read_one_after_the_other(ada: Runtime) -> None:
    replies = said(await inbox.take(ada, texts(*WEEK)))
    assert [one[0][:4] for one in replies[:4]] == ["Tide", "2/4.", "3/4.", "4/4."]
    assert await recorded(ada, ADA) == [{"drained": 3, "numb": 2, "carry": 1, "help": 0}]


async def test_the_same_sid_twice_in_a_batch_is_one_text(ada: Runtime) -> None:
    batch = texts(*WEEK)
    answers = await inbox.take(ada, [one for one in batch for _ in range(2)])
    assert answers[::2] == answers[1::2]
    await each_is_there_once(ada, batch, answers[::2])


async def test_the_same_sid_in_a_later_batch_is_answered_alike_and_moves_nothing(ada: Runtime) -> None:
    batch = texts(*WEEK)
    first = await inbox.take(ada, batch)
    before = await contents(ada)
    assert await inbox.take(ada, batch) == first
    assert await inbox.take(ada, list(reversed(batch))) == list(reversed(first))
    assert await contents(ada) == before
    await each_is_there_once(ada, batch, first)


async def test_the_same_sids_taken_side_by_side_are_taken_once(ada: Runtime) -> None:
    batch = texts(*WEEK)
    several = await asyncio.gather(*(take_all(ada, batch) for _ in range(4)))
    assert all(one == several[0] for one in several)
    await each_is_there_once(ada, batch, several[0])


async def test_a_strangers_first_texts_side_by_side_make_one_person(rt: Runtime) -> None:
    await people.program(rt)
    strangers = [f"+1757555{n:04d}" for n in range(10)]
    batches = [[one for number in order for one in texts("JOIN", number=number)] for order in orders(strangers)]
    await asyncio.gather(*(take_all(rt, batch) for batch in batches))
    assert await ask(rt, "select count(*), count(distinct phone_hash) from participants") == [(10, 10)]
    assert await ask(rt, "select count(*) from messages") == [(40,)]
    assert await ask(rt, "select count(*) from conversations where ended_at is null") == [(10,)]


def orders(numbers: list[str]) -> list[list[str]]:
    return [numbers, numbers[::-1], numbers[5:] + numbers[:5], numbers[::2] + numbers[1::2]]


async def each_is_there_once(rt: Runtime, batch: Sequence[Inbound], answers: Sequence[Answered | None]) -> None:
    """One message a text, one set of replies a message, and the answers of the check-in as they were given."""
    sids = [one.sid for one in batch]
    query = "select sid, count(*) from messages where sid = any(:sids) group by sid"
    assert dict(await ask(rt, query, sids=sids)) == dict.fromkeys(sids, 1)  # type: ignore[arg-type]
    query = "select o.id from outbox o join messages m on m.id = o.origin_id where m.sid = any(:sids)"
    replies = [(reply.id,) for answer in answers if answer for reply in answer.said]
    assert sorted(await ask(rt, query, sids=sids)) == sorted(replies)
    assert await recorded(rt, ADA) == [{"drained": 3, "numb": 2, "carry": 1, "help": 0}]


async def recorded(rt: Runtime, number: str) -> list[object]:
    """Return the answers of somebody's check-ins, opened."""
    query = """select c.id, c.answers, p.answer_key from check_ins c join enrolments e on e.id = c.enrolment_id
               join participants p on p.id = e.participant_id where p.phone_hash = :who order by c.opened_at"""
    found = await ask(rt, query, who=rt.vault.lookup(number))
    return [rt.vault.key(key).open(sealed, "check_ins.answers", row) for row, sealed, key in found]  # type: ignore[arg-type]


async def test_who_is_busy_elsewhere_is_left_for_later_and_nobody_waits_for_them(ada: Runtime) -> None:
    await people.join(ada, BEN)
    batch = [*texts("CHECKIN"), *texts("CHECKIN", number=BEN), *texts("CHECKIN", number=CLEO)]
    async with ada.begin() as (connection, _):
        await lock(connection, [ada.vault.lookup(BEN)])
        async with asyncio.timeout(2):
            answers = await inbox.take(ada, batch)
    assert [answer is None for answer in answers] == [False, True, False]
    assert await ask(ada, "select count(*) from messages where sid = :sid", sid=batch[1].sid) == [(0,)]
    assert said(await inbox.take(ada, [batch[1]]))[0][0].startswith("Tide 1/4.")


async def test_a_batch_that_fails_leaves_nothing_of_itself(ada: Runtime) -> None:
    before = await contents(ada)
    elsewhere = Inbound(people.sid(), BEN, "+17575550199", "hello")
    with pytest.raises(UnknownSenderError):
        await inbox.take(ada, [*texts("CHECKIN"), elsewhere])
    assert await contents(ada) == before


async def test_a_number_is_known_again_after_the_secret_was_turned_over(ada: Runtime) -> None:
    turned = people_runtime(ada, "a newer secret than the data was made with")
    assert said(await inbox.take(turned, texts("CHECKIN", "1", number=ADA)))[1][0].startswith("2/4.")
    await inbox.take(turned, texts("hello", number=BEN))
    assert await ask(ada, "select count(*) from participants") == [(2,)]
    assert said(await inbox.take(turned, texts("2", number=ADA)))[0][0].startswith("3/4.")


def people_runtime(rt: Runtime, newer: str) -> Runtime:
    """The same service after SECRET_KEY got a newer secret in front."""
    secrets = (newer, *rt.settings.secret_key)
    return Runtime(rt.settings.model_copy(update={"secret_key": secrets}), rt.engine, type(rt.vault)(secrets))


async def test_a_late_risky_text_is_answered_by_text_message_and_a_late_word_is_obeyed(ada: Runtime) -> None:
    await people.join(ada, BEN)
    late = [
        Inbound(people.sid(), n, SENDER, words, "collect") for n, words in ((ADA, RISKY), (BEN, "STOP"), (CLEO, "hi"))
    ]
    count = await ask(ada, "select count(*) from outbox")
    assert said(await inbox.take(ada, late)) == [[], [], []]
    query = "select priority, state, asked_for from outbox order by id offset :n"
    assert await ask(ada, query, n=count[0][0]) == [(0, "ready", True), (0, "ready", True)]
    assert await ask(ada, "select opted_out from opt_outs") == [(True,)]
    assert await ask(ada, "select count(*) from messages where source = 'collect'") == [(3,)]


async def test_a_text_taken_in_late_is_not_heard_again_when_it_comes_by_webhook(ada: Runtime) -> None:
    late = Inbound(people.sid(), ADA, SENDER, "CHECKIN", "collect")
    await inbox.take(ada, [late])
    again = Inbound(late.sid, ADA, SENDER, "CHECKIN")
    assert said(await inbox.take(ada, [again])) == [[]]
    assert await ask(ada, "select count(*) from messages where sid = :sid", sid=late.sid) == [(1,)]


async def test_what_was_erased_is_not_said_again(ada: Runtime) -> None:
    first = texts("CHECKIN")
    await inbox.take(ada, first)
    for words in ("ERASE ALL", "1"):
        await inbox.take(ada, texts(words))
    assert said(await inbox.take(ada, first)) == [[]]


async def test_a_long_text_is_kept_to_its_first_2000_characters(ada: Runtime) -> None:
    (long,) = texts("x" * 10_000)
    await inbox.take(ada, [long])
    ((row, body, key),) = await ask(
        ada,
        """select m.id, m.body, p.answer_key from messages m join participants p on p.id = m.participant_id
           where m.sid = :sid""",
        sid=long.sid,
    )
    assert ada.vault.key(key).open(body, "messages.body", row) == "x" * 2000  # type: ignore[arg-type]


async def test_when_somebody_was_last_heard_is_remembered(ada: Runtime) -> None:
    await inbox.take(ada, texts("hello"))
    ((heard,),) = await ask(ada, "select heard_at from participants")
    assert ada.real() - heard < timedelta(seconds=10)  # type: ignore[operator]


async def test_a_program_added_a_moment_ago_is_texted_at_once(rt: Runtime) -> None:
    shelf = gathering.Shelf(seconds=60)
    await people.program(rt)
    (first,) = await inbox.take(rt, [Inbound(people.sid(), people.ADA, people.SENDER, "JOIN")], shelf)
    assert first is not None
    async with rt.begin() as (connection, _):
        await connection.execute(
            people.sql("insert into senders (number, opt_out_mode) values ('+17575550199', 'ours')")
        )
        await connection.execute(people.sql("update programs set sender = '+17575550199'"))
    (answered,) = await inbox.take(rt, [Inbound(people.sid(), people.BEN, "+17575550199", "hello")], shelf)
    assert answered is not None
    assert answered.said
