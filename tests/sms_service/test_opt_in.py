"""Leaving a number on the public page: one text at most, and never a word about whose number it is."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import httpx
import pytest
import respx
from fastapi import FastAPI

from flows import segments
from sms_service import clockwork, opt_in, outbox, pages, purging
from sms_service.invitations import Ask
from sms_service.programs import load
from sms_service.runtime import Runtime
from sms_service.twilio.client import Gateway
from tests import people
from tests.sms_service.test_outbox import ACCEPTED, CREATE
from tests.sms_service.test_purging import age

NOON, NIGHT = datetime(2030, 5, 14, 16, tzinfo=UTC), datetime(2030, 5, 15, 3, 30, tzinfo=UTC)
PAGE = "/p/tide/join"
ROWS = "select state, reason from outbox where origin = 'invitation' order by id"


@pytest.fixture
def twilio() -> Iterator[respx.Route]:
    with respx.mock(assert_all_called=False) as wire:
        yield wire.post(CREATE).mock(side_effect=_accepted)


def _accepted(request: httpx.Request) -> httpx.Response:
    return httpx.Response(201, json={**ACCEPTED, "sid": people.sid()})


@pytest.fixture
async def web(rt: Runtime) -> AsyncIterator[httpx.AsyncClient]:
    await people.program(rt)
    await people.move_to(rt, NOON)
    app = FastAPI()
    app.include_router(pages.routes(rt))
    transport = httpx.ASGITransport(app=app, client=("203.0.113.9", 1))
    async with httpx.AsyncClient(transport=transport, base_url=rt.settings.public_url) as client:
        yield client


async def proof(web: httpx.AsyncClient) -> str:
    found = re.search(r'name="proof" value="([^"]+)"', (await web.get(PAGE)).text)
    assert found
    return found[1]


async def leave(web: httpx.AsyncClient, number: str = people.ADA, lang: str = "en", **form: str) -> httpx.Response:
    values = {"proof": await proof(web), "agree": "yes", "number": number, **form}
    return await web.post(f"{PAGE}?lang={lang}", data=values)


async def deliver(rt: Runtime, gateway: Gateway, twilio: respx.Route) -> list[str]:
    """Send what may go out and return the words of it."""
    before = len(twilio.calls)
    await clockwork.tick(rt)
    await outbox.deliver(rt, gateway)
    return [parse_qs(call.request.content.decode())["Body"][0] for call in list(twilio.calls)[before:]]


async def test_after_the_last_check_in_the_page_says_so_and_asks_for_no_number(
    rt: Runtime, web: httpx.AsyncClient
) -> None:
    shown = await proof(web)
    await people.rows(
        rt, """update programs set version = version + 1, settings = settings || '{"ends": "2030-05-20"}' returning 1"""
    )
    await people.move_to(rt, NOON + timedelta(days=7))
    left = {"proof": shown, "agree": "yes", "number": people.ADA}
    for answer in (await web.get(PAGE), await web.post(PAGE, data=left)):
        assert (answer.status_code, answer.headers["location"]) == (303, "/p/tide?lang=en")
    page = await web.get("/p/tide?lang=en")
    assert "ended for now" in page.text
    assert PAGE not in page.text
    assert "sms:" not in page.text.partition("<h2")[0]
    assert "terminaron por ahora" in (await web.get("/p/tide?lang=es")).text
    assert await people.rows(rt, ROWS) == []


@pytest.mark.parametrize(
    ("lang", "words"), [("en", "to join the voluntary weekly check-in"), ("es", "para unirte al chequeo")]
)
async def test_a_number_gets_one_text_and_its_owner_joins_by_answering_it(
    rt: Runtime, web: httpx.AsyncClient, gateway: Gateway, twilio: respx.Route, lang: str, words: str
) -> None:
    answer = await leave(web, "(757) 555-0111", lang)
    assert answer.status_code == 200
    (said,) = await deliver(rt, gateway, twilio)
    assert words in said
    assert segments(said).count == 1
    assert segments(said).encoding == "GSM-7"
    assert await people.one(rt, "select count(*) from enrolments") == 0
    await people.texts(rt, ("JOIN" if lang == "en" else "UNIRME", *people.JOINING[1:]))
    assert await people.rows(rt, "select state, language from enrolments") == [("active", lang)]


async def test_the_consent_is_kept_as_every_other(rt: Runtime, web: httpx.AsyncClient) -> None:
    await leave(web)
    ((kind, wording, language, message, evidence),) = await people.rows(
        rt, "select kind, wording, language, message_id, evidence from consents"
    )
    assert (kind, language, message) == ("page", "en", None)
    assert isinstance(wording, str)
    assert len(wording) == 16
    ((row, key),) = await people.rows(
        rt, "select c.id, p.contact_key from consents c join participants p on p.id = c.participant_id"
    )
    shown = rt.vault.key(key).open(evidence, "consents.evidence", row)["shown"]  # type: ignore[arg-type]
    page = (await web.get(PAGE)).text
    assert "Up to 10 msgs/wk, msg&amp;data rates may apply" in page
    assert "Bosses never see your answers" in page
    for line in shown.splitlines():
        assert line.replace("&", "&amp;") in page


async def test_the_page_says_what_the_texts_will_ask(rt: Runtime, web: httpx.AsyncClient) -> None:
    """The words that are ticked are those that are answered by text, but for the questions at their end."""
    asked = [*await people.text(rt, "JOIN"), *await people.text(rt, "1")]
    page = (await web.get(PAGE)).text.replace("&amp;", "&")
    shown = re.findall(r"<p>(.*?)</p>", page.partition('class="agreed"')[2].partition("</div>")[0])
    assert len(shown) == 3
    for words, text in zip(shown, asked, strict=True):
        assert text.startswith(words)
        assert "?" not in words


NUMBERS = ("stranger", "enrolled", "opted out", "erased", "joining", "asked before", "dead")


async def _known(rt: Runtime, web: httpx.AsyncClient, who: str) -> None:
    if who in {"enrolled", "opted out", "erased"}:
        await people.join(rt)
    match who:
        case "opted out":
            await people.text(rt, "STOP")
        case "erased":
            await people.texts(rt, ("ERASE ALL", "1"))
        case "joining":
            await people.text(rt, "JOIN")
        case "asked before":
            await leave(web)
        case "dead":
            await people.text(rt, "hello")
            await people.rows(rt, "update participants set unreachable = 'dead', unreachable_at = now() returning id")


async def test_every_number_gets_the_same_answer(rt: Runtime, web: httpx.AsyncClient) -> None:
    answers = {}
    for n, who in enumerate(NUMBERS):
        number = f"+1757555{2000 + n}"
        if who != "stranger":
            await people.text(rt, "hello", number=number)
        if who in {"enrolled", "opted out", "erased"}:
            await people.join(rt, number)
        if who == "opted out":
            await people.text(rt, "STOP", number=number)
        answers[who] = (await leave(web, number)).text
    assert len(set(answers.values())) == 1


@pytest.mark.parametrize("who", NUMBERS[1:])
async def test_who_may_not_be_texted_gets_nothing(
    rt: Runtime, web: httpx.AsyncClient, gateway: Gateway, twilio: respx.Route, who: str
) -> None:
    await _known(rt, web, who)
    await deliver(rt, gateway, twilio)
    sent = len(twilio.calls)
    assert sent == (1 if who == "asked before" else 0)
    assert (await leave(web)).status_code == 200
    assert await deliver(rt, gateway, twilio) == []


async def test_who_erased_everything_stays_forgotten(rt: Runtime, web: httpx.AsyncClient) -> None:
    await _known(rt, web, "erased")
    await leave(web)
    assert await people.rows(rt, "select contact, contact_key, answer_key from participants") == [(None, None, None)]
    assert await people.rows(rt, ROWS) == []


async def test_a_stop_before_the_text_has_gone_is_obeyed(
    rt: Runtime, web: httpx.AsyncClient, gateway: Gateway, twilio: respx.Route
) -> None:
    await leave(web)
    await people.text(rt, "STOP")
    assert await deliver(rt, gateway, twilio) == []
    assert await people.rows(rt, ROWS) == [("dropped", "opted out")]


async def test_who_writes_first_needs_no_text_any_more(
    rt: Runtime, web: httpx.AsyncClient, gateway: Gateway, twilio: respx.Route
) -> None:
    await leave(web)
    await people.move_to(rt, NOON + timedelta(minutes=1))
    await people.text(rt, "what is this")
    assert await deliver(rt, gateway, twilio) == []
    assert await people.rows(rt, ROWS) == [("dropped", "no longer needed")]


async def test_at_night_it_waits_for_the_morning(
    rt: Runtime, web: httpx.AsyncClient, gateway: Gateway, twilio: respx.Route
) -> None:
    await people.move_to(rt, NIGHT)
    assert "comes after 8:00 AM" in (await leave(web)).text
    assert await deliver(rt, gateway, twilio) == []
    assert await people.rows(rt, ROWS) == [("held", "quiet hours")]
    await people.move_to(rt, NIGHT + timedelta(hours=9))
    assert len(await deliver(rt, gateway, twilio)) == 1


async def test_the_law_of_the_place_holds_it_back(
    rt: Runtime, web: httpx.AsyncClient, gateway: Gateway, twilio: respx.Route
) -> None:
    await people.rows(
        rt,
        """update programs set version = version + 1,
            settings = settings || '{"region": "US", "quiet_start": "00:00", "quiet_end": "00:00"}' returning id""",
    )
    await people.move_to(rt, NIGHT)
    await leave(web)
    assert await deliver(rt, gateway, twilio) == []
    assert await people.rows(rt, ROWS) == [("held", "quiet hours")]


async def test_after_a_day_it_is_of_no_use(
    rt: Runtime, web: httpx.AsyncClient, gateway: Gateway, twilio: respx.Route
) -> None:
    await leave(web)
    await people.move_to(rt, NOON + timedelta(days=1, minutes=1))
    assert await deliver(rt, gateway, twilio) == []
    assert await people.rows(rt, ROWS) == [("dropped", "too late to be of use")]


async def _as_of(rt: Runtime, days: int) -> None:
    """Have all invitations be so many days old."""
    statement = "update invitations set at = at - make_interval(days => :days) returning id"
    await people.rows(rt, statement, days=days)


async def test_a_number_is_asked_once_a_day_and_three_times_a_month(rt: Runtime, web: httpx.AsyncClient) -> None:
    counts = []
    for _ in range(4):
        await leave(web)
        await leave(web)
        counts.append(await people.one(rt, "select count(*) from invitations"))
        await _as_of(rt, 2)
    assert counts == [1, 2, 3, 3]
    await _as_of(rt, 30)
    await leave(web)
    assert await people.one(rt, "select count(*) from invitations") == 4


async def test_an_address_of_the_network_is_slowed_down(rt: Runtime, web: httpx.AsyncClient) -> None:
    answers = [(await leave(web, f"+1757555{3000 + n}")).status_code for n in range(21)]
    assert answers == [200] * 20 + [429]
    assert "Try again in an hour, or text JOIN to (757) 555-0100" in (await leave(web)).text
    assert await people.one(rt, "select count(*) from invitations") == 20
    await people.rows(rt, "update page_tries set at = at - interval '61 minutes' returning id")
    assert (await leave(web)).status_code == 200


async def test_one_network_cannot_use_up_the_day_of_everybody(rt: Runtime, web: httpx.AsyncClient) -> None:
    await leave(web)
    await people.rows(
        rt,
        """insert into page_tries (id, address_hash, at)
           select gen_random_uuid(), address_hash, at - interval '2 hours' from page_tries, generate_series(1, 39)
           returning id""",
    )
    refused = await leave(web, "+17575553000")
    assert refused.status_code == 429
    assert "from your network today. Try again tomorrow, or text JOIN to (757) 555-0100 yourself" in refused.text
    transport = httpx.ASGITransport(app=web._transport.app, client=("198.51.100.7", 1))  # type: ignore[attr-defined]
    async with httpx.AsyncClient(transport=transport, base_url=rt.settings.public_url) as neighbour:
        assert (await leave(neighbour, "+17575553001")).status_code == 200
    await people.rows(rt, "update page_tries set at = at - interval '24 hours' returning id")
    assert (await leave(web, "+17575553000")).status_code == 200


async def test_behind_a_proxy_each_visitor_is_counted_alone(rt: Runtime, web: httpx.AsyncClient) -> None:
    async def tries(peer: str, forwarded: str) -> int:
        transport = httpx.ASGITransport(app=web._transport.app, client=(peer, 1))  # type: ignore[attr-defined]
        async with httpx.AsyncClient(transport=transport, base_url=rt.settings.public_url) as one:
            one.headers["X-Forwarded-For"] = forwarded
            await leave(one)
        return int(str(await people.one(rt, "select count(distinct address_hash) from page_tries")))

    assert await tries("10.0.0.2", "198.51.100.1") == 1
    assert await tries("10.0.0.2", "198.51.100.1, 198.51.100.2") == 2
    assert await tries("93.184.216.34", "198.51.100.7") == 3
    assert await tries("93.184.216.34", "198.51.100.8") == 3  # whoever comes without our proxy can't name another
    assert await tries("2001:db8::1", "") == 4
    assert await tries("2001:db8::2", "") == 4


async def test_a_program_sends_so_many_a_day(rt: Runtime, web: httpx.AsyncClient) -> None:
    await leave(web)
    await people.rows(
        rt,
        """insert into invitations (id, participant_id, program_id, at)
           select gen_random_uuid(), participant_id, program_id, at from invitations, generate_series(1, 298)
           returning id""",
    )
    first, second = [await leave(web, f"+1757555{3000 + n}") for n in range(2)]
    assert (first.status_code, second.status_code) == (200, 429)
    assert "This page has sent all the texts it may today" in second.text
    assert "or text JOIN to (757) 555-0100 yourself" in second.text


@pytest.mark.parametrize(
    ("number", "says"),
    [
        ("", "Type your mobile number"),
        ("800 555 0199", "toll-free"),
        ("+44 7400 123456", "another country"),
        ("123", "is not a phone number"),
        ("<b>", "'&lt;b&gt;' is not a phone number"),
        ("757 555 0111 ext 4", "has an extension"),
    ],
)
async def test_what_is_no_mobile_number_is_told_beside_the_field(
    rt: Runtime, web: httpx.AsyncClient, number: str, says: str
) -> None:
    answer = await leave(web, number)
    assert answer.status_code == 422
    assert answer.text.count(says) == 2  # in the summary and beside the field
    assert "checked" in answer.text
    assert await people.one(rt, "select count(*) from participants") == 0


async def test_without_the_tick_nothing_is_sent(rt: Runtime, web: httpx.AsyncClient) -> None:
    answer = await leave(web, agree="")
    assert (answer.status_code, answer.text.count("Tick the box if you agree.")) == (422, 2)
    assert await people.rows(rt, ROWS) == []


@pytest.mark.parametrize("given", ["", "0-00", "x", "999999-" + "0" * 64, "²-1"])
async def test_a_form_that_is_not_of_ours_does_nothing(rt: Runtime, web: httpx.AsyncClient, given: str) -> None:
    answer = await leave(web, proof=given)
    assert answer.status_code == 403
    assert people.ADA in answer.text
    assert await people.rows(rt, ROWS) == []


async def test_another_site_cannot_send_the_form(rt: Runtime, web: httpx.AsyncClient) -> None:
    values = {"proof": await proof(web), "agree": "yes", "number": people.ADA}
    answer = await web.post(PAGE, data=values, headers={"Origin": "https://elsewhere.test"})
    assert answer.status_code == 403
    assert await people.rows(rt, ROWS) == []


@pytest.mark.parametrize("body", [b"\xff\xfe", b"a=b&" * 30, b"number=" + b"1" * 5000])
async def test_what_is_no_form_does_nothing(web: httpx.AsyncClient, body: bytes) -> None:
    assert (await web.post(PAGE, content=body)).status_code == 422


async def test_no_cookie_is_set_and_nothing_is_kept_by_the_browser(web: httpx.AsyncClient) -> None:
    for answer in (await web.get(PAGE), await leave(web)):
        assert "set-cookie" not in answer.headers
        assert answer.headers["cache-control"] == "no-store"


async def test_a_number_that_never_answers_is_forgotten_after_a_month(rt: Runtime, web: httpx.AsyncClient) -> None:
    await leave(web)
    await leave(web, people.BEN)
    await people.text(rt, "hello", number=people.BEN)
    await age(rt, "invitations", timedelta(days=29))
    await purging.purge(rt)
    assert await people.one(rt, "select count(*) from participants where contact is null") == 0
    await age(rt, "invitations", timedelta(days=31))
    await purging.purge(rt)
    kept = """select contact is null and contact_key is null and answer_key is null, heard_at > '1971-01-01'
              from participants"""
    assert sorted(await people.rows(rt, kept)) == [(False, True), (True, False)]
    await people.rows(rt, "update invitations set at = at - interval '31 days' returning id")
    await leave(web)
    assert await people.one(rt, "select count(*) from participants where contact is null") == 0
    assert await people.join(rt)
    assert await people.one(rt, "select count(*) from page_tries") == 3


async def test_tries_are_let_go_of_after_a_day(rt: Runtime, web: httpx.AsyncClient) -> None:
    await leave(web)
    await people.rows(rt, "update page_tries set at = at - interval '25 hours' returning id")
    await purging.purge(rt)
    assert await people.one(rt, "select count(*) from page_tries") == 0


async def test_asking_at_once_asks_once(rt: Runtime, web: httpx.AsyncClient) -> None:
    """The unique row of the outbox for each invitation; and the rule of once a day for two at a time."""
    async with rt.begin() as (connection, now):
        (program,) = await load(connection)
        for _ in range(2):
            await opt_in.ask(rt, connection, program, Ask(people.ADA, "en"), "203.0.113.5", now)
    assert len(await people.rows(rt, ROWS)) == 1
