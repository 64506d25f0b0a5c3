"""The product as it runs: one real `sms-service demo`, tried through phones over the emulator's HTTP."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta

import asyncpg
import httpx
import pytest

from sms_service.demo.ports import HOST
from sms_service.emulator.words import REPLIES
from tests import running
from tests.running import LINE, PATIENCE, Demo, Phone, until

pytestmark = pytest.mark.timeout(600)  # so that the patience in here runs out first

NOTE = "your weekly note is ready"
_NORMAL = {"callbacks": "normal", "hold_seconds": 0, "lose_answers": 0}
# Each word, and part of each text that answers it.
_JOINING = (
    ("JOIN", ("voluntary weekly check-in for staff",)),
    ("1", ("not treatment", "Bosses never see your answers")),
    ("1", ("1 yes 2 ask me first 3 no",)),
    ("2", ("where do you work?",)),
    ("1", ("Thursday at 12:15 PM",)),
    ("1", ("you're in", "use your own phone")),
)
_JOINING_IN_SPANISH = (
    ("UNIRME", ("chequeo semanal voluntario",)),
    ("1", ("no es tratamiento", "Tu jefe nunca ve tus respuestas")),
    ("1", ("1 si 2 pregunten 3 no",)),
    ("3", ("¿donde trabajas?",)),
    ("SALTAR", ("jueves a las 12:15",)),
    ("1", ("Primer chequeo: el jue ", "no el del trabajo")),
)
_CHECKING_IN = (
    ("GO", ("1/4.",)),
    ("2", ("2/4.",)),
    ("1", ("3/4.",)),
    ("0", ("4/4.",)),
    ("3", ("Some strain lately.",)),
)
_CHECKING_IN_IN_SPANISH = (
    ("VAMOS", ("1/4.",)),
    ("a veces", ("2/4.",)),
    ("1", ("3/4.",)),
    ("0", ("4/4.",)),
    ("1", ("Algo de tensi",)),
)


@pytest.fixture(scope="module")
def started() -> Iterator[Demo]:
    with running.demo() as one:
        yield one


@pytest.fixture
def demo(started: Demo) -> Demo:
    """The demo, running, whatever the test before did to it."""
    started.up()
    return started


@asynccontextmanager
async def phones_of(demo: Demo) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=demo.phones, timeout=PATIENCE, trust_env=False) as client:
        yield client


@pytest.fixture
async def emulator(demo: Demo) -> AsyncIterator[httpx.AsyncClient]:
    async with phones_of(demo) as client:
        yield client
        await client.post("/emulator/faults", json=_NORMAL)
        await client.post("/emulator/release")


@pytest.fixture
def phone(emulator: httpx.AsyncClient) -> Phone:
    """A phone that has texted nobody yet."""
    return Phone(emulator)


async def follow(phone: Phone, script: tuple[tuple[str, tuple[str, ...]], ...]) -> None:
    """Text each word and find what was promised in the answers to it, one for one."""
    for word, promised in script:
        said = await phone.text(word)
        assert len(said) == len(promised), said
        for text, part in zip(said, promised, strict=True):
            assert part in text
        await phone.has_everything()


async def test_a_clinician_joins_gets_the_check_in_answers_it_and_gets_something_back(phone: Phone) -> None:
    await follow(phone, _JOINING)
    assert NOTE in await phone.goes_on_to("check-in")
    await follow(phone, _CHECKING_IN)


async def test_the_same_in_spanish(phone: Phone) -> None:
    await follow(phone, _JOINING_IN_SPANISH)
    assert "tu nota semanal te espera" in await phone.goes_on_to("check-in")
    await follow(phone, _CHECKING_IN_IN_SPANISH)


async def test_a_risky_text_brings_988_and_a_link_that_answers(phone: Phone, demo: Demo) -> None:
    await phone.joined()
    first, second = await phone.text("I want to kill myself")
    assert "call or text 988 now" in first
    link = next(word for word in second.split() if word.startswith("http"))
    assert link == f"{demo.web}/r/help"
    page = await phone.emulator.get(link)
    assert (page.status_code, "988" in page.text) == (200, True)


async def test_stop_brings_one_confirmation_and_then_nothing_until_start(emulator: httpx.AsyncClient) -> None:
    witness, leaving = await Phone(emulator).joined(), await Phone(emulator).joined()
    (said,) = await leaving.text("STOP")
    assert "you are unsubscribed" in said
    assert await leaving.text("hello?") == []
    before = await leaving.last()
    assert NOTE in await witness.goes_on_to("check-in")
    await witness.goes_on_to("reminder-1")
    assert await leaving.has(before) == []
    (said,) = await leaving.text("START")
    assert "welcome back" in said
    assert NOTE in await leaving.goes_on_to("check-in")


@asynccontextmanager
async def twilio_minds_stop(emulator: httpx.AsyncClient, demo: Demo) -> AsyncIterator[None]:
    other = Phone(emulator)

    async def mode(chosen: str) -> None:
        await emulator.post("/emulator/modes", json={"number": LINE, "opt_out": chosen})
        async with demo.database() as database:
            await database.execute("update senders set opt_out_mode = $1 where number = $2", chosen, LINE)
        # The service looks again each second; from then on HELP is answered by the one side or the other.
        deadline = time.monotonic() + PATIENCE
        while bool(await other.text("HELP")) != (chosen == "ours"):
            assert time.monotonic() < deadline, f"HELP is not answered as in the mode {chosen}"
            await asyncio.sleep(0.1)

    await mode("twilio")
    try:
        yield
    finally:
        await mode("ours")


async def reported(demo: Demo, sids: list[str]) -> list[asyncpg.Record]:
    """Return the texts of these sids once each has been reported on: the phone may know of one before we do."""
    statement = "select state, reason from outbox where sid = any($1) and state in ('undelivered', 'failed')"
    async with demo.database() as database:
        deadline = time.monotonic() + PATIENCE
        while len(rows := await database.fetch(statement, sids)) != len(sids):
            assert time.monotonic() < deadline, f"{len(rows)} of {len(sids)} reported on"
            await asyncio.sleep(0.1)
    return rows


async def test_where_twilio_minds_stop_it_alone_confirms_and_risk_is_answered_and_recorded(
    phone: Phone, demo: Demo, emulator: httpx.AsyncClient
) -> None:
    await phone.joined()
    async with twilio_minds_stop(emulator, demo):
        before = await phone.last()
        assert await phone.text("STOP") == []
        assert [row["body"] for row in await phone.has(before)] == [REPLIES["STOP"]]
        said = await phone.text("I want to die")
        assert ("988" in said[0], "/r/help" in said[1]) == (True, True)
        await phone.has_everything()
        swallowed = (await phone.has(before))[1:]
        assert [(row["body"], row["error_code"]) for row in swallowed] == [(body, 21610) for body in said]
        rows = await reported(demo, [row["sid"] for row in swallowed])
        # Recorded as such when it was written, and again as failed when Twilio reports it.
        assert [row["reason"] for row in rows] == ["opted out at Twilio"] * 2
        before = await phone.last()
        assert await phone.text("START") == []
        assert [row["body"] for row in await phone.has(before)] == [REPLIES["START"]]
        # No check-in comes within a day of a hard moment; a holiday may have moved one to tomorrow.
        rested = await demo.calendar() + timedelta(days=1)
        assert "only if you want it" in await phone.goes_on_to("check-in", not_before=rested)


async def test_an_unknown_number_gets_one_helpful_answer(phone: Phone) -> None:
    (said,) = await phone.text("hi, who is this?")
    assert "To join, text JOIN" in said
    assert "988" in said
    assert await phone.text("ok thanks") == []


async def test_only_a_picture_gets_a_sensible_answer(phone: Phone) -> None:
    (said,) = await phone.text(media=["image/jpeg"])
    assert "To join, text JOIN" in said


async def test_988_texted_here_is_told_at_once_that_this_is_not_988(phone: Phone) -> None:
    (said,) = await phone.text("988")
    assert said.startswith("This number is not 988")


async def test_with_reports_lost_and_the_queue_held_nothing_is_said_twice(demo: Demo, phone: Phone) -> None:
    emulator = phone.emulator
    await emulator.post("/emulator/faults", json={"callbacks": "lost", "hold_seconds": 600})
    crowd = [Phone(emulator) for _ in range(20)]
    # Written a little differently: the same words again, before a text has left the queue, are a slip of the thumb.
    await asyncio.gather(*(_texts(one, ("JOIN", "1", "1.", "2", "1", "1.")) for one in crowd))
    last = [await one.last() for one in crowd]
    async with demo.database() as database:
        await database.execute("update outbox set sent_at = sent_at - interval '10 minutes' where state = 'handed'")
        # The calendar lets go of what waits, moves on and rings; the tick finds replies that nobody has reported on.
        assert NOTE in await crowd[0].goes_on_to("check-in")
        await asyncio.gather(*(one.comes(seq) for one, seq in zip(crowd, last, strict=True)))
        # A check-in may be out before the tick that wrote it has come to these.
        looked_for = "select count(*) from outbox where state in ('unknown', 'accepted')"
        deadline = time.monotonic() + PATIENCE
        while (found := await database.fetchval(looked_for)) < 20 * 8:
            assert time.monotonic() < deadline, f"{found} of {20 * 8} looked for"
            await asyncio.sleep(0.1)
    await crowd[0].goes_on_to("reminder-1")
    for one in crowd:
        said = Counter(row["body"] for row in await one.has())
        assert len(said) >= 9, said
        assert set(said.values()) == {1}, said


async def _texts(phone: Phone, words: tuple[str, ...]) -> None:
    for word in words:
        assert await phone.text(word)


async def test_a_check_in_whose_answer_was_lost_is_not_sent_again(phone: Phone, demo: Demo) -> None:
    await phone.joined()
    before = await phone.last()
    await phone.emulator.post("/emulator/faults", json={"lose_answers": 500, "callbacks": "lost"})
    assert NOTE in await phone.goes_on_to("check-in")
    lost = (await phone.emulator.get("/emulator/faults")).json()["lose_answers"]
    assert lost < 500
    await phone.emulator.post("/emulator/faults", json=_NORMAL)
    # What may not be out is not reminded of, so the next text is the following week's.
    assert NOTE in await phone.goes_on_to("check-in")
    said = Counter(row["body"] for row in await phone.has(before))
    assert [count for body, count in said.items() if NOTE in body] == [2]


async def test_without_valkey_texts_are_answered_and_reminders_follow_later(phone: Phone, demo: Demo) -> None:
    await phone.joined()
    assert NOTE in await phone.goes_on_to("check-in")
    while True:  # until a text was surely answered while no Valkey ran; it is brought back later each time
        os.kill(killed := until(demo.valkey, "Valkey"), signal.SIGKILL)
        until(lambda: demo.valkey() != killed, "the end of Valkey")
        (said,) = await phone.text("HELP")
        assert "988" in said
        if demo.valkey() is None:
            break
    until(demo.valkey, "Valkey again")
    assert "valkey ended by itself" in demo.said
    assert await phone.goes_on_to("reminder-1")


async def test_after_a_kill_of_the_supervisor_the_next_one_has_the_same_people_and_no_orphan(demo: Demo) -> None:
    async with phones_of(demo) as emulator:
        number = (await Phone(emulator).joined()).number
    family = demo.family()
    assert len(family) > 12  # two servers, six processes, and a leash for each
    demo.end(signal.SIGKILL)
    demo.up()
    now = demo.family()
    assert [command for pid, command in demo.remains(family).items() if pid not in now] == []
    async with phones_of(demo) as emulator:
        assert NOTE in await Phone(emulator, number).goes_on_to("check-in")


def test_a_busy_port_is_one_line(demo: Demo) -> None:
    with socket.create_server((HOST, 0)) as other:
        port = str(other.getsockname()[1])
        (line,) = demo.refused(PORT=port, DATA_DIR=str(demo.folder.with_name("another")))
    assert line.startswith(f"PORT={port} is in use by another program; set PORT to a free port")


def test_a_second_demo_on_the_same_folder_is_one_line(demo: Demo) -> None:
    assert demo.process is not None
    (line,) = demo.refused()
    assert f"is in use by the demo with process id {demo.process.pid}; stop it or set DATA_DIR" in line


@pytest.mark.parametrize("under", ["", "/within"])
def test_a_file_in_place_of_the_folder_is_one_line(started: Demo, under: str) -> None:
    """Also for root, who may write into a folder that is read-only for others."""
    file = started.folder.with_name("a file")
    file.touch()
    (line,) = started.refused(DATA_DIR=f"{file}{under}")
    assert line.startswith(f"DATA_DIR={file}{under}: cannot use ")
    assert line.endswith("set DATA_DIR to a folder you may write in")


def test_ctrl_c_ends_everything_and_is_no_failure(demo: Demo) -> None:
    family = demo.family()
    assert demo.end(signal.SIGINT) == 0
    assert demo.remains(family) == {}
    assert demo.said.endswith("\nready\n")


def test_a_changed_secret_key_on_old_data_is_one_line_and_starts_nothing(started: Demo) -> None:
    if not (started.folder / "secrets.json").exists():
        started.up()
    started.close()
    (line,) = started.refused(SECRET_KEY="another secret that is long enough to be used")
    assert line.startswith("SECRET_KEY is not the one this data was made with")
    assert started.remains({}) == {}
