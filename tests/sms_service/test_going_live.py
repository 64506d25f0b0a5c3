"""A draft: nobody joins and nobody is asked but the phones of staff, until everything it waits for is green."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast
from urllib.parse import parse_qs
from uuid import UUID

import httpx
import pytest
import respx

from flows import packaged, segments
from sms_service import clockwork, go_live, go_live_checks, outbox, programs, reconciling, staff, test_texts
from sms_service.programs import Program, ProgramError
from sms_service.runtime import Runtime
from sms_service.twilio.client import Gateway
from tests import people
from tests.passwords import HASH
from tests.sms_service import roster
from tests.sms_service.served import variables
from tests.sms_service.test_commands import run
from tests.sms_service.test_pages import browser
from tests.sms_service.test_publishing import publish, reworded
from tests.sms_service.wire import MESSAGES, accepted, listing, message

CONFIRMED = ("carrier", "counsel", "stop", "drill")


@pytest.fixture
def twilio() -> Iterator[respx.Route]:
    sids = itertools.count(1)
    with respx.mock(assert_all_called=False) as wire:
        yield wire.post(MESSAGES).mock(side_effect=lambda _: accepted(next(sids)))


@pytest.fixture
async def draft(rt: Runtime) -> Runtime:
    """The program of the tests before it has begun, with every place to turn verified today."""
    program = await people.program(rt)
    await people.verify_places(rt)
    await people.rows(rt, "update programs set state = 'draft' returning id")
    async with rt.begin() as (connection, now):
        await staff.make(
            rt,
            connection,
            email="dora@checkin.test",
            name="Dora",
            password_hash=HASH,
            roles={program: "administrator"},
            now=now,
        )
    return replace(rt, settings=rt.settings.model_copy(update={"fallback_url": "https://elsewhere.test/sms"}))


async def found(rt: Runtime) -> Program:
    async with rt.begin() as (connection, _):
        return await programs.find(connection, "tide")


async def dora(rt: Runtime) -> UUID:
    return cast(UUID, await people.one(rt, "select id from staff where email = 'dora@checkin.test'"))


async def send(rt: Runtime, number: str = people.ADA) -> None:
    async with rt.begin() as (connection, now):
        await test_texts.send(rt, connection, await programs.find(connection, "tide"), await dora(rt), number, now)


async def test_both_phones_of_one_member_of_staff_are_looked_for_before_anything_is_sent_again(
    draft: Runtime, gateway: Gateway, twilio: respx.Route
) -> None:
    twilio.mock(side_effect=httpx.ReadTimeout("no answer"))
    for number in (people.BEN, people.ADA):
        await send(draft, number)
        await outbox.deliver(draft, gateway)
    there = {
        form["To"][0]: form["Body"][0] for call in twilio.calls if (form := parse_qs(call.request.content.decode()))
    }
    assert set(there) == {people.BEN, people.ADA}
    await people.rows(draft, "update outbox set next_attempt_at = now() where state = 'unknown' returning id")
    found = {number: message(words, sid=f"SM{n:032x}") for n, (number, words) in enumerate(there.items())}
    with respx.mock as wire:
        wire.get(url__startswith=MESSAGES).mock(side_effect=lambda asked: listing([found[asked.url.params["To"]]]))
        await reconciling.reconcile(draft, gateway)
    assert await people.rows(draft, "select distinct state from outbox where origin = 'test-text'") == [("delivered",)]


async def type_back(rt: Runtime, code: str) -> bool:
    async with rt.begin() as (connection, _):
        return await test_texts.type_back(rt, connection, await programs.find(connection, "tide"), await dora(rt), code)


async def deliver(rt: Runtime, gateway: Gateway, twilio: respx.Route) -> str:
    """Send what waits and return the code of the last text."""
    await outbox.deliver(rt, gateway)
    body = parse_qs(twilio.calls.last.request.content.decode())["Body"][0]
    assert segments(body).count == 1
    return re.findall(r"\b\d{6}\b", body)[0]


async def green(rt: Runtime, gateway: Gateway, twilio: respx.Route) -> None:
    """Have everything green that a person can see to."""
    await send(rt)
    assert await type_back(rt, await deliver(rt, gateway, twilio))
    async with rt.begin() as (connection, now):
        program = await programs.find(connection, "tide")
        for item in CONFIRMED:
            await go_live.confirm(connection, program, item, await dora(rt), now)


async def waits(rt: Runtime) -> list[str]:
    async with rt.begin() as (connection, now):
        points = await go_live.checklist(rt, connection, await programs.find(connection, "tide"), now)
    return [point.item.id for point in points if not point.green]


async def begin(rt: Runtime) -> None:
    async with rt.begin() as (connection, now):
        await go_live.begin(rt, connection, await programs.find(connection, "tide"), now)


@pytest.mark.parametrize(("keyword", "said"), [("JOIN", "have not begun yet"), ("UNIRME", "no han empezado")])
async def test_the_keyword_of_a_draft_is_answered_kindly_and_nothing_begins(
    draft: Runtime, keyword: str, said: str
) -> None:
    replies = await people.text(draft, keyword)
    assert len(replies) == 1
    assert said in replies[0]
    assert "988" in replies[0]
    assert segments(replies[0]).count == 1
    assert await people.text(draft, "1") == []
    assert await people.one(draft, "select count(*) from enrolments") == 0


async def test_another_text_to_a_draft_does_not_say_how_to_join(draft: Runtime) -> None:
    (said,) = await people.text(draft, "hello?")
    assert "have not begun" in said
    assert "JOIN" not in said


async def test_the_public_page_of_a_draft_says_so_and_takes_no_number(draft: Runtime) -> None:
    async with browser(draft) as web:
        for lang, said in (("en", "has not begun yet"), ("es", "todavía no ha empezado")):
            page = await web.get("/p/tide", params={"lang": lang})
            assert said in page.text
            assert 'href="/p/tide/join' not in page.text
        assert (await web.get("/p/tide/join")).status_code == 404


async def test_danger_is_answered_before_anything_has_begun(draft: Runtime) -> None:
    replies = await people.text(draft, "I want to kill myself")
    assert len(replies) == 2
    assert all("988" in one for one in replies)


async def test_a_phone_whose_code_came_back_may_join_a_draft_and_is_asked(
    draft: Runtime, gateway: Gateway, twilio: respx.Route
) -> None:
    await send(draft)
    code = await deliver(draft, gateway, twilio)
    assert "have not begun" in (await people.text(draft, "JOIN"))[0]
    assert await type_back(draft, f" {code[:3]} {code[3:]} ")
    await people.join(draft)
    await people.move_to_due(draft, "check-in")
    await clockwork.tick(draft)
    assert await people.rows(
        draft, "select state, reason from appointments where kind = 'check-in' and settled_at is not null"
    ) == [("done", None)]


async def test_nobody_else_in_a_draft_is_asked_and_the_next_week_is_planned(draft: Runtime) -> None:
    await people.rows(draft, "update programs set state = 'live' returning id")
    await people.join(draft)
    await people.rows(draft, "update programs set state = 'draft' returning id")
    await people.move_to_due(draft, "check-in")
    await clockwork.tick(draft)
    settled = "select state, reason from appointments where kind = 'check-in' order by due_at"
    assert await people.rows(draft, settled) == [("dropped", "the program has not begun"), ("due", None)]
    assert await people.one(draft, "select count(*) from outbox where origin = 'appointment'") == 0


async def test_a_wrong_code_is_not_taken_and_five_are_the_most(
    draft: Runtime, gateway: Gateway, twilio: respx.Route
) -> None:
    await send(draft)
    code = await deliver(draft, gateway, twilio)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    assert [await type_back(draft, wrong) for _ in range(5)] == [False] * 5
    with pytest.raises(ProgramError, match="no code is waited for"):
        await type_back(draft, code)
    await send(draft)
    assert await type_back(draft, await deliver(draft, gateway, twilio))


async def test_a_phone_that_stopped_gets_no_test_text_and_nobody_is_told(
    draft: Runtime, gateway: Gateway, twilio: respx.Route
) -> None:
    await people.text(draft, "STOP")
    await send(draft)
    await outbox.deliver(draft, gateway)
    assert twilio.call_count == 0
    assert await people.one(draft, "select reason from outbox where origin = 'test-text'") == "opted out"
    async with draft.begin() as (connection, _):
        last = await test_texts.last(draft, connection, await programs.find(connection, "tide"), await dora(draft))
    assert last is not None
    assert last.waits


async def test_five_test_texts_a_day_are_the_most_also_after_letting_a_phone_go(draft: Runtime) -> None:
    for n in range(5):
        await send(draft, f"+1757555019{n}")
    async with draft.begin() as (connection, _):
        assert await test_texts.forget(connection, await programs.find(connection, "tide"), await dora(draft))
    with pytest.raises(ProgramError, match="5 test texts a day"):
        await send(draft)
    with pytest.raises(ProgramError, match="a phone number"):
        await send(draft, "call me")


async def test_a_draft_is_begun_when_all_is_green_and_not_before(
    draft: Runtime, gateway: Gateway, twilio: respx.Route
) -> None:
    assert await waits(draft) == ["carrier", "counsel", "test-text", "stop", "drill"]
    await green(draft, gateway, twilio)
    assert await waits(draft) == []
    async with draft.begin() as (connection, _):
        assert await go_live.take_back(connection, await programs.find(connection, "tide"), "counsel")
    with pytest.raises(ProgramError, match="Counsel has read the wording"):
        await begin(draft)
    assert (await found(draft)).state == "draft"
    async with draft.begin() as (connection, now):
        await go_live.confirm(connection, await programs.find(connection, "tide"), "counsel", None, now)
    await begin(draft)
    assert (await found(draft)).state == "live"
    with pytest.raises(ProgramError, match="is live already"):
        await begin(draft)
    assert "Join as staff?" in (await people.text(draft, "JOIN", number=people.BEN))[0]


async def test_what_the_service_sees_is_not_vouched_for(draft: Runtime) -> None:
    for item in ("resources", "fallback", "test-text", "leads", "weather"):
        with pytest.raises(ProgramError, match="nothing to vouch for"):
            async with draft.begin() as (connection, now):
                await go_live.confirm(connection, await programs.find(connection, "tide"), item, None, now)


async def test_a_fallback_on_the_same_host_is_none(draft: Runtime) -> None:
    here = replace(draft, settings=draft.settings.model_copy(update={"fallback_url": "https://checkin.test/fallback"}))
    assert "fallback" in await waits(here)
    assert "fallback" in await waits(replace(draft, settings=draft.settings.model_copy(update={"fallback_url": ""})))


async def test_where_twilio_answers_stop_somebody_vouches_for_988(draft: Runtime) -> None:
    await people.rows(draft, "update senders set opt_out_mode = 'twilio' returning number")
    assert "opt-out" in await waits(draft)
    async with draft.begin() as (connection, now):
        await go_live.confirm(connection, await programs.find(connection, "tide"), "opt-out", await dora(draft), now)
    assert "opt-out" not in await waits(draft)


async def test_support_leads_have_to_cover_each_workday(draft: Runtime) -> None:
    program = (await found(draft)).id
    await people.rows(draft, """update programs set settings = settings || '{"review": "lead"}' returning id""")
    await people.move_to(draft, datetime(2026, 11, 30, 15, tzinfo=UTC))
    await roster.hire(draft, program, roster.SAM, roster.SAMS)
    assert "leads" in await waits(draft)
    await roster.hire(draft, program, roster.ANA, roster.ANAS, ("mon 09:00-17:00",))
    assert "leads" not in await waits(draft)
    async with draft.begin() as (connection, now):
        day = (now + timedelta(days=2)).date()
        await roster.leads.go_away(connection, roster.SAM, day, day, now.date())
    async with draft.begin() as (connection, now):
        seen = await go_live_checks.look(draft, connection, await programs.find(connection, "tide"), now)
    assert not seen["leads"].green
    assert f"first on {day}" in seen["leads"].words["en"]


@pytest.mark.parametrize(
    ("changed", "open_again", "why"),
    [
        ("update senders set opt_out_mode = 'twilio'", {"opt-out", "stop", "drill"}, "who answers STOP"),
        ("update programs set sender = '+17575550155'", {"carrier", "counsel", "stop", "drill"}, "the number"),
        ("update program_keywords set word = 'TIDE' where word = 'JOIN'", {"counsel"}, "the keywords"),
        (
            """update programs set settings = settings || '{"peer_line": "Peers 757-555-0199"}'""",
            {"counsel", "drill"},
            "the peers' line",
        ),
        ("""update programs set settings = settings || '{"operator": "Dune Care"}'""", {"counsel"}, "who runs it"),
        (
            """update programs set settings = settings || '{"own_words": [{"say": "going to the bridge", "level": 3,
                "construct": "plan"}]}'""",
            {"drill"},
            "own words",
        ),
    ],
)
async def test_what_was_confirmed_is_open_again_once_it_is_something_else(
    draft: Runtime, gateway: Gateway, twilio: respx.Route, changed: str, open_again: set[str], why: str
) -> None:
    await green(draft, gateway, twilio)
    await people.rows(draft, "insert into senders (number, opt_out_mode) values ('+17575550155', 'ours') returning 1")
    assert await waits(draft) == []
    await people.rows(draft, f"{changed} returning 1")
    assert set(await waits(draft)) == open_again
    async with draft.begin() as (connection, now):
        points = await go_live.checklist(draft, connection, await programs.find(connection, "tide"), now)
    said = [point for point in points if point.item.id in open_again and point.by]
    assert said
    assert all(why in point.found["en"] and "desde entonces cambió" in point.found["es"] for point in said)
    with pytest.raises(ProgramError, match="cannot go live yet"):
        await begin(draft)


async def test_another_version_of_the_conversations_is_vouched_for_anew(
    draft: Runtime, gateway: Gateway, twilio: respx.Route
) -> None:
    await green(draft, gateway, twilio)
    await publish(draft, reworded())
    assert await waits(draft) == ["counsel", "stop", "drill"]
    async with draft.begin() as (connection, now):
        for item in ("counsel", "stop", "drill"):
            await go_live.confirm(connection, await programs.find(connection, "tide"), item, await dora(draft), now)
    await begin(draft)
    await people.rows(
        draft, "update current_flows set digest = :d, published_by = null returning 1", d=packaged().digest
    )


def test_every_item_is_said_in_both_languages() -> None:
    assert len(go_live.items()) == 9
    for one in go_live.facts().values():
        assert set(one) == {"en", "es"}
    for item in go_live.items():
        assert set(item.hangs_on) <= set(go_live.facts())
        assert bool(item.hangs_on) == (item.way == "confirmed" or item.id == "opt-out")
    for item in go_live.items():
        for words in (item.title, item.owner, item.lead, item.how):
            assert set(words) == {"en", "es"}
            assert all(words.values())


async def test_the_command_line_begins_a_draft_by_the_same_rule(
    draft: Runtime,
    gateway: Gateway,
    twilio: respx.Route,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in {**variables(draft.settings), "FALLBACK_URL": draft.settings.fallback_url}.items():
        monkeypatch.setenv(name, value)
    assert await run("program", "go-live", "tide") == 1
    printed = capsys.readouterr()
    assert "waits  carrier" in printed.out
    assert printed.err.startswith("tide stays a draft; it waits for carrier, counsel, test-text, stop, drill")
    await send(draft)
    await type_back(draft, await deliver(draft, gateway, twilio))
    confirming = [word for item in ("carrier", "counsel", "stop") for word in ("--confirm", item)]
    assert await run("program", "go-live", "tide", *confirming) == 0
    assert await run("safety", "drill") == 0
    assert await run("program", "go-live", "tide") == 0
    assert capsys.readouterr().out.endswith("tide is live\n")
    assert (await found(draft)).state == "live"
    acts = await people.rows(draft, "select act, about from audit order by n")
    assert acts == [
        *(("go-live.confirmed", item) for item in ("carrier", "counsel", "stop", "drill")),
        ("program.live", ""),
    ]
