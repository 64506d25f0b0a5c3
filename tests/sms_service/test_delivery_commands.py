"""`why` and `sender` as an operator types them."""

from __future__ import annotations

import asyncio
import io

import pytest
from redis import Redis

from sms_service import cli, senders
from sms_service.runtime import Runtime
from tests import people
from tests.sms_service.served import variables

SERVICE = "MG" + "a" * 32


@pytest.fixture
async def desk(rt: Runtime, monkeypatch: pytest.MonkeyPatch) -> Runtime:
    for name, value in variables(rt.settings).items():
        monkeypatch.setenv(name, value)
    await people.program(rt)
    return rt


async def run(*words: str) -> int:
    """Run a command in a thread of its own: it brings its own event loop."""
    return await asyncio.to_thread(cli.main, list(words))


async def test_a_number_is_read_from_standard_input_and_not_repeated(
    desk: Runtime, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await people.join(desk)
    monkeypatch.setattr("sys.stdin", io.StringIO("(757) 555-0111\n"))
    assert await run("why") == 0
    said = capsys.readouterr().out
    assert said.startswith("Tidewater check-in: takes part (America/New_York)\n")
    assert "  next " in said
    assert people.ADA not in said
    monkeypatch.setattr("sys.stdin", io.StringIO("+17575550199\n"))
    assert await run("why", "--on", "2026-11-26") == 1
    assert "5550199" not in capsys.readouterr().err


async def test_a_number_belongs_in_no_history_and_a_day_is_a_date(
    desk: Runtime, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await run("why", people.ADA) == 2
    assert "in no history" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        cli.main(["why", "--on", "2026-02-30"])
    assert "'2026-02-30' is not a date; write it like 2026-11-20" in capsys.readouterr().err


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
async def test_a_day_out_of_reach_names_those_within_it(
    desk: Runtime, day: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await people.join(desk)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{people.ADA}\n"))
    assert await run("why", "--on", day) == 2
    assert f"--on: {day} is too far off; give a day from 20" in capsys.readouterr().err


async def test_somebody_who_never_joined(
    desk: Runtime, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await people.text(desk, "HELP")
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{people.ADA}\n"))
    assert await run("why") == 0
    assert capsys.readouterr().out == "This number has written, and never joined a program.\n"


async def test_a_senders_pace_pool_and_service(desk: Runtime, capsys: pytest.CaptureFixture[str]) -> None:
    pool = ("--pool", "+17575550180", "--pool", "757-555-0181", "--pool", "+17575550181")
    assert (
        await run("sender", "set", people.SENDER, "--rate", "12.5", "--daily", "2000", "--service", SERVICE, *pool) == 0
    )
    assert await run("sender", "list") == 0
    line = f"{people.SENDER}  12.5 segments a second, 2000 a day  through {SERVICE}  with +17575550180, +17575550181\n"
    assert capsys.readouterr().out == line * 2
    assert await run("sender", "set", people.SENDER, "--daily", "0", "--service", "") == 0
    assert capsys.readouterr().out == f"{people.SENDER}  12.5 segments a second  with +17575550180, +17575550181\n"
    assert await run("sender", "set", people.SENDER, "--pool", "") == 0
    assert capsys.readouterr().out == f"{people.SENDER}  12.5 segments a second\n"


async def test_a_text_to_a_number_of_the_pool_is_one_to_its_sender(desk: Runtime) -> None:
    async with desk.begin() as (connection, _):
        await senders.set_pool(connection, people.SENDER, ["+17575550180"])
    one = people.Inbound(people.sid(), people.ADA, "+17575550180", "JOIN")
    (answered,) = await people.inbox.take(desk, [one])
    assert answered is not None
    assert "Tide" in answered.said[0].text
    assert await people.rows(desk, "select distinct sender from messages") == [(people.SENDER,)]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("set", "+17575550199"), "no program sends from '+17575550199'; senders are: +17575550100"),
        (("set", people.SENDER, "--rate", "0"), "rate: 0 segments a second"),
        (("set", people.SENDER, "--rate", "5000"), "rate: 5000 segments a second"),
        (
            ("set", people.SENDER, "--daily", "-3"),
            "daily: -3 segments a day; give what the carriers allow, such as 2000, or 0 for no limit",
        ),
        (("set", people.SENDER, "--daily", "99999999999"), "daily: 99999999999 segments a day"),
        (("set", people.SENDER, "--pool", "+1"), "pool: '+1' is not a phone number"),
        (("set", people.SENDER, "--service", "MG1"), "service: 'MG1' is no messaging service"),
        (("set", people.SENDER, "--pool", "757"), "pool: '757' has too few digits"),
        (("set", people.SENDER, "--pool", people.SENDER), f"pool: {people.SENDER} is a sender or belongs"),
        (("start", "+17575550199"), "no program sends from"),
    ],
)
async def test_what_cannot_be_is_refused_by_its_name(
    desk: Runtime, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    assert await run("sender", *words) == 1
    assert said in capsys.readouterr().err


async def test_a_stopped_sender_is_listed_told_by_doctor_and_started(
    desk: Runtime, capsys: pytest.CaptureFixture[str]
) -> None:
    async with desk.begin() as (connection, _):
        await senders.stop(connection, [people.SENDER], "20003: no", desk.real())
    await run("sender", "list")
    assert "STOPPED since" in capsys.readouterr().out
    assert await run("doctor") == 1
    assert f"stopped  {people.SENDER}: 20003: no; put it right" in capsys.readouterr().out
    assert await run("sender", "start", people.SENDER) == 0
    assert await run("sender", "start", people.SENDER) == 0
    assert (
        capsys.readouterr().out == f"{people.SENDER}: sends again within a minute\n{people.SENDER}: was not stopped\n"
    )


async def test_the_doctor_says_of_each_part_that_stands_what_to_start(
    desk: Runtime, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the deliver worker stopped everything else looked well, to the heartbeat too."""
    done = "update deployment set last_tick = now(), last_collect = now(), last_purge = now() where id = 1 returning id"
    await people.rows(desk, done)
    await people.rows(desk, "update programs set planned_version = version returning id")
    await people.join(desk)
    redis = Redis.from_url(desk.settings.redis_url)
    for queue in ("tick", "deliver", "upkeep"):
        redis.sadd(f"rq:workers:{queue}", f"rq:worker:{queue}")
        redis.set(f"rq:worker:{queue}", "", ex=60)
    try:
        await run("doctor")
        said = capsys.readouterr().out
        assert "ok       the clock, the workers and sending: all of it runs\n" in said
        redis.delete("rq:worker:deliver")
        late = "update outbox set state = 'ready', next_attempt_at = now() - interval '11 minutes' returning id"
        await people.rows(desk, late)
        assert await run("doctor") == 1
        said = capsys.readouterr().out
    finally:
        redis.flushdb()
        redis.close()
    assert "missing  a queue has no worker: run `sms-service work` for each of tick, deliver and upkeep\n" in said
    assert "look     texts have waited for more than ten minutes; start a deliver worker" in said
    assert "all of it runs" not in said


async def test_an_operator_says_how_many_calls_twilio_begins(desk: Runtime, capsys: pytest.CaptureFixture[str]) -> None:
    assert await run("sender", "set", people.SENDER, "--calls", "5") == 0
    assert "; 5 calls a second" in capsys.readouterr().out
    assert await run("sender", "set", people.SENDER, "--calls", "0") == 1
    assert "calls: 0 a second; Twilio begins 1 a second unless it was asked for more" in capsys.readouterr().err


async def test_a_line_without_a_number_is_asked_for_one(
    desk: Runtime, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    assert await run("why") == 2
    assert capsys.readouterr().err == (
        "why: no number was given; write one like +17575550123, or name a participant's or an enrolment's id\n"
    )


async def test_a_sender_is_named_as_numbers_are_written(desk: Runtime, capsys: pytest.CaptureFixture[str]) -> None:
    assert await run("sender", "set", "+1 757 555 0100", "--rate", "3") == 0
    assert capsys.readouterr().out.startswith(f"{people.SENDER}  3 segments a second")
    assert await run("sender", "start", "(757) 555-0100") == 0
    assert capsys.readouterr().out == f"{people.SENDER}: was not stopped\n"


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--rate", "'abc' is not a number; a local number carries 1 segment a second, a short code up to 100"),
        ("--calls", "'abc' is not a number; Twilio begins 1 call a second unless it was asked for more"),
        ("--daily", "'abc' is not a whole number; give what the carriers allow, such as 2000, or 0 for no limit"),
    ],
)
def test_what_is_no_number_is_answered_with_one(option: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["sender", "set", people.SENDER, option, "abc"])
    assert said in capsys.readouterr().err


async def test_one_program_is_counted_as_one(desk: Runtime, capsys: pytest.CaptureFixture[str]) -> None:
    await run("doctor")
    assert "ok       1 program\n" in capsys.readouterr().out
