"""A text that tells of somebody else: empty here at once, and at Twilio as soon as it takes the wish."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
import respx
from structlog.testing import capture_logs

from flows import Forget
from sms_service import doctor, redacting
from sms_service.runtime import Runtime
from sms_service.twilio.client import Gateway
from tests import people
from tests.conftest import SID
from tests.sms_service.roster import happen

WISHES = "select redact, redact_tries from messages where redact is not null"


@pytest.fixture
async def told(rt: Runtime) -> str:
    """Ada has told of a client; return the sid of that text."""
    await people.program(rt)
    await people.join(rt)
    sid = people.sid()
    await people.text(rt, "My client Kay wants to die", known_sid=sid)
    await happen(rt, Forget())
    return sid


@pytest.fixture
def twilio(told: str) -> Iterator[respx.Route]:
    """Twilio's wire: the address of that text."""
    with respx.mock(assert_all_called=False) as wire:
        address = f"http://twilio.test/2010-04-01/Accounts/{SID}/Messages/{told}.json"
        yield wire.post(address).mock(return_value=httpx.Response(200, json={"sid": told, "body": ""}))


async def test_it_is_empty_here_at_once_and_nothing_else_is(rt: Runtime, told: str) -> None:
    emptied = await people.rows(rt, "select sid, redact from messages where body is null")
    assert emptied == [(told, "wanted")]
    assert await people.one(rt, "select count(*) from messages where body is not null") == len(people.JOINING)


async def test_the_conversation_keeps_nothing_of_it_either(rt: Runtime, told: str) -> None:
    query = "select c.id, c.state, p.answer_key from conversations c, participants p where c.state is not null"
    for row, sealed, key in await people.rows(rt, query):
        assert "Kay" not in str(rt.vault.key(key).open(sealed, "conversations.state", row))  # type: ignore[arg-type]


async def test_while_twilio_is_away_it_is_asked_once_a_minute(rt: Runtime, told: str, gateway: Gateway) -> None:
    await people.text(rt, "Another client, Lee, too")
    await happen(rt, Forget())
    with respx.mock as wire:
        away = wire.post(url__startswith="http://twilio.test").mock(side_effect=httpx.ConnectError("refused"))
        await redacting.redact(rt, gateway)
    assert away.call_count == 1
    assert sorted(await people.rows(rt, WISHES)) == [("wanted", 0), ("wanted", 1)]


async def test_twilio_is_asked_once_to_empty_it(rt: Runtime, gateway: Gateway, twilio: respx.Route) -> None:
    assert await redacting.redact(rt, gateway) == 1
    assert await redacting.redact(rt, gateway) == 0
    assert [one.request.content for one in twilio.calls] == [b"Body="]
    assert await people.rows(rt, WISHES) == [("done", 1)]


async def test_a_text_that_twilio_has_no_more_is_done(rt: Runtime, gateway: Gateway, twilio: respx.Route) -> None:
    twilio.mock(return_value=httpx.Response(404, json={"code": 20404, "message": "not found"}))
    assert await redacting.redact(rt, gateway) == 1
    assert await people.rows(rt, WISHES) == [("done", 1)]


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(409, json={"code": 20009, "message": "still on its way"}),
        httpx.Response(429, json={"code": 20429, "message": "slow"}),
        httpx.Response(500, json={"code": 20500, "message": "oops"}),
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("no answer"),
    ],
    ids=str,
)
async def test_whatever_else_twilio_says_it_is_asked_again_later(
    rt: Runtime, gateway: Gateway, twilio: respx.Route, answer: object
) -> None:
    twilio.mock(side_effect=answer if isinstance(answer, Exception) else [answer])
    assert await redacting.redact(rt, gateway) == 0
    assert await redacting.redact(rt, gateway) == 0
    assert twilio.call_count == 1
    assert await people.rows(rt, WISHES) == [("wanted", 1)]
    wait = await people.one(rt, "select redact_at from messages where redact is not null")
    assert timedelta(seconds=50) < wait - rt.real() <= timedelta(minutes=1)  # type: ignore[operator]


async def test_asking_ends_is_logged_and_counted(
    rt: Runtime, gateway: Gateway, twilio: respx.Route, capsys: pytest.CaptureFixture[str]
) -> None:
    twilio.mock(return_value=httpx.Response(400, json={"code": 20001, "message": "no"}))
    with capture_logs() as logged:
        for tries in range(8):
            async with rt.begin() as (connection, _):
                await connection.execute(people.sql("update messages set redact_at = now() where redact = 'wanted'"))
            await redacting.redact(rt, gateway)
            if tries == 0:
                await doctor.examine(rt)
                assert "texts to be emptied at Twilio, which did not take it yet: 1" in capsys.readouterr().out
    assert twilio.call_count == 6
    assert [(one["event"], one["code"]) for one in logged] == [("redact.given_up", 20001)]
    assert await people.rows(rt, WISHES) == [("given up", 6)]
    await doctor.examine(rt)
    assert "missing  texts that could not be emptied at Twilio: 1" in capsys.readouterr().out
