"""What keeps somebody in danger answered: a program's own words, a fallback elsewhere, both ways of minding STOP."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
import respx
from structlog.testing import capture_logs

from flows import packaged, risk
from sms_service import doctor, metrics, programs
from sms_service.runtime import Runtime
from tests import people
from tests.sms_service.served import variables
from tests.sms_service.test_commands import run

ELSEWHERE = "https://fallback.test/sms"
DYING = "I want to kill myself"


@pytest.fixture
async def desk(rt: Runtime, monkeypatch: pytest.MonkeyPatch) -> Runtime:
    for name, value in variables(rt.settings).items():
        monkeypatch.setenv(name, value)
    await people.program(rt)
    return rt


async def version(rt: Runtime) -> int:
    async with rt.begin() as (connection, _):
        return (await programs.find(connection, "tide")).version


async def test_a_program_adds_words_of_its_own(desk: Runtime, capsys: pytest.CaptureFixture[str]) -> None:
    await people.join(desk)
    words = "thinking of the lesner bridge again"
    kept = await version(desk)
    assert await run("safety", "words", "tide") == 0
    assert await version(desk) == kept
    assert "automated" in (await people.text(desk, words))[0]
    assert await run("safety", "words", "tide", "--say", "lesner bridge", "--level", "2") == 0
    assert "lesner bridge" in capsys.readouterr().out
    said = await people.text(desk, words)
    assert "988" in said[0]
    assert "/r/help" in said[1]
    assert await run("safety", "words", "tide", "--remove", "1") == 0
    await people.text(desk, "GO")
    assert "/r/help" not in "".join(await people.text(desk, words))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("tide", "--raises", "en-nothing"), "own_words: row 1: raise 'en-nothing' names no rule"),
        (("tide", "--say", "the", "--level", "2"), "own_words: row 1: say 'the'"),
        (("tide", "--say", "lesner bridge", "--construct", "gloom"), "own_words: row 1: construct 'gloom' is unknown"),
        (("tide", "--remove", "3"), "own_words: there is no row 3"),
        (("nowhere",), "slug: there is no program 'nowhere'"),
    ],
)
async def test_words_that_would_not_help_are_refused(
    desk: Runtime, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    assert await run("safety", "words", *words) == 1
    assert capsys.readouterr().err.startswith(said)


@pytest.fixture
def elsewhere() -> Iterator[respx.Route]:
    with respx.mock(assert_all_called=False) as wire:
        yield wire.post(ELSEWHERE)


@pytest.mark.parametrize(
    ("url", "answer", "line"),
    [
        ("", None, "missing  FALLBACK_URL: nobody answers while this service is down"),
        ("https://checkin.test/sms", None, "missing  FALLBACK_URL is on checkin.test as well"),
        (ELSEWHERE, httpx.Response(500), "missing  FALLBACK_URL answers without 988"),
        (ELSEWHERE, httpx.ConnectError("down"), "missing  FALLBACK_URL does not answer (ConnectError)"),
        (ELSEWHERE, httpx.Response(200, text="<Response>988</Response>"), "ok       the fallback answers from another"),
    ],
)
async def test_the_doctor_looks_for_a_fallback_on_another_host(
    desk: Runtime, elsewhere: respx.Route, capsys: pytest.CaptureFixture[str], url: str, answer: object, line: str
) -> None:
    elsewhere.mock(return_value=answer) if isinstance(answer, httpx.Response) else elsewhere.mock(side_effect=answer)
    settings = desk.settings.model_copy(update={"fallback_url": url})
    await doctor.examine(Runtime(settings, desk.engine, desk.vault))
    assert line in capsys.readouterr().out


def openings() -> list[tuple[str, ...]]:
    """Return texts that lead into every flow a word opens, and to every step of joining and of a check-in."""
    joining = [people.JOINING[:n] for n in range(1, len(people.JOINING))]
    joined = (*people.JOINING, "CHECKIN")
    check_in = [(*joined, *["2"] * n) for n in range(4)]
    flows = sorted({*packaged().flows} - {"welcome", "weekly-checkin", "nudge", "call", "care", "care-now", "who"})
    words = {"nudges-off": "BREAK OFF", "erase-all": "ERASE ALL", "leaving": "this is annoying", "summary": "TREND"}
    return [*joining, *check_in, *((*people.JOINING, words.get(name, name.upper())) for name in flows)]


@pytest.mark.parametrize("mode", ["ours", "twilio"])
async def test_danger_is_answered_wherever_somebody_is_and_after_stop(rt: Runtime, mode: str) -> None:
    """In Twilio's own mode nothing can follow a STOP: then the answer is kept as one that could not be delivered."""
    await people.program(rt, opt_out_mode=mode)
    for n, texts in enumerate(openings()):
        number = f"+1757555{n:04d}"
        await people.texts(rt, texts, number=number)
        assert any("988" in said or "911" in said for said in await people.text(rt, DYING, number=number)), texts
        await people.text(rt, "STOP", number=number)
        said = await people.text(rt, DYING, number=number)
        assert any("988" in one for one in said), texts
    states = await people.rows(
        rt,
        """select distinct o.state from outbox o where o.priority = 0 and o.created_at > (
               select max(at) from opt_outs x where x.participant_id = o.participant_id)""",
    )
    assert states == ([("sent",)] if mode == "ours" else [("undelivered",)])


async def test_a_screen_that_fails_gives_the_resources_and_is_noticed(
    desk: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    await people.join(desk)
    before = metrics.REGISTRY.get_sample_value("checkin_screen_faults_total")
    # A rule that is not there, as a damaged file of rules would name one.
    monkeypatch.setitem(risk.packaged().by_word, "turnips", (10**9,))  # type: ignore[arg-type]
    with capture_logs() as lines:
        said = await people.text(desk, "turnips")
    assert "988" in " ".join(said)
    assert metrics.REGISTRY.get_sample_value("checkin_screen_faults_total") == (before or 0) + 1
    assert [line for line in lines if line["event"] == "screen.failed"] == [
        {"event": "screen.failed", "log_level": "error"}
    ]
