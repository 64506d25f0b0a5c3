"""The jobs by their queues: rung once a minute, carrying nothing, and without a queue nothing is lost."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import Callable, Coroutine, Iterator
from datetime import timedelta
from email.utils import format_datetime

import httpx
import pytest
import respx
from redis import Redis
from rq import SimpleWorker
from rq.serializers import JSONSerializer

from sms_service import settings as settings_module
from sms_service.put_off import NothingKeptError
from sms_service.runtime import Runtime, open_runtime
from sms_service.schema import SchemaError
from sms_service.settings import Settings
from tests import people
from tests.conftest import SID
from tests.sms_service.wire import accepted
from workers import cron, jobs

MESSAGES = f"http://twilio.test/2010-04-01/Accounts/{SID}/Messages.json"
_CACHED = (settings_module.load, jobs._runner, jobs._runtime, jobs._gateway, jobs._bucket, jobs._redis)


@pytest.fixture
def worker(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Redis]:
    """This process as a worker: its settings from the environment, its queues empty."""
    for name in (
        "database_url",
        "redis_url",
        "public_url",
        "twilio_account_sid",
        "twilio_auth_token",
        "twilio_api_url",
    ):
        monkeypatch.setenv(name.upper(), str(getattr(settings, name)))
    monkeypatch.setenv("SECRET_KEY", ",".join(settings.secret_key))
    _forget()
    redis = Redis.from_url(settings.redis_url)
    redis.flushdb()
    yield redis
    redis.close()
    _forget()


def _forget() -> None:
    """Let go of what a worker keeps for its life, so that the next one reads its own settings."""
    if jobs._runtime.cache_info().currsize:
        for planned_once in (True, False):
            jobs._runner().run(jobs._runtime(planned_once=planned_once).close())
    if jobs._gateway.cache_info().currsize:
        jobs._runner().run(jobs._gateway().close())
    if jobs._runner.cache_info().currsize:
        jobs._runner().close()
    if jobs._redis.cache_info().currsize:
        jobs._redis().close()
    for one in _CACHED:
        one.cache_clear()


def work(name: str) -> None:
    """Do what is on a queue, here and now."""
    queue = jobs.queue_of(name)
    SimpleWorker([queue], connection=queue.connection, serializer=JSONSerializer).work(
        burst=True, logging_level="ERROR", with_scheduler=False
    )


def test_two_clocks_ring_once_a_minute(worker: Redis) -> None:
    assert cron.ring(1)
    assert cron.ring(1)
    assert len(jobs.queue_of(jobs.TICK)) == 1
    assert jobs.queue_of(jobs.UPKEEP).job_ids == ["reconcile-1", "collect-1", "redact-1", "count-1"]
    assert cron.ring(60)
    assert len(jobs.queue_of(jobs.TICK)) == 2
    assert jobs.queue_of(jobs.UPKEEP).job_ids[4:] == [
        *("reconcile-60", "collect-60", "redact-60", "count-60", "purge-60"),
    ]


def test_a_clock_that_begins_rings_for_everything(worker: Redis) -> None:
    """Otherwise nobody could say, for an hour, whether old words are let go of."""
    assert cron.ring(1, first=True)
    assert "purge-1" in jobs.queue_of(jobs.UPKEEP).job_ids


def test_a_job_that_no_worker_takes_is_let_go(worker: Redis) -> None:
    """Otherwise a worker that was down for a night would do the minute's work hundreds of times over."""
    cron.ring(60)
    left = {
        name: worker.ttl(f"rq:job:{name}-60") for name in ("tick", "reconcile", "collect", "redact", "count", "purge")
    }
    hour = left.pop("purge")
    assert all(0 < seconds <= 120 for seconds in left.values())
    assert 120 < hour <= 3600
    worker.delete("rq:job:tick-60")
    work(jobs.TICK)
    assert len(jobs.queue_of(jobs.TICK)) == 0


def test_every_job_ends_itself_before_the_queue_breaks_it_off(
    due: Runtime, worker: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Broken off by the queue, it would live on in this worker's loop and hold what it had locked."""
    monkeypatch.setitem(jobs._LIMITS, "redact", jobs._BEFORE_THE_QUEUE + 1)
    ended: list[bool] = []

    async def forever(rt: Runtime, _: object) -> int:
        try:
            async with rt.begin():
                await asyncio.Event().wait()
        finally:
            ended.append(True)
        return 0

    with pytest.raises(TimeoutError):
        jobs._run("redact", forever)
    assert ended == [True]


def test_a_job_carries_no_arguments_and_no_pickle(worker: Redis) -> None:
    cron.ring(3)
    data = zlib.decompress(worker.hget("rq:job:tick-3", "data"))
    assert json.loads(data) == ["workers.jobs.tick", None, [], {}]


@pytest.fixture
async def due(rt: Runtime) -> Runtime:
    """Ada has joined and her check-in is due."""
    await people.program(rt)
    await people.join(rt)
    await people.move_to_due(rt, "check-in")
    return rt


def test_a_due_check_in_goes_through_tick_and_deliver_to_twilio(due: Runtime, worker: Redis) -> None:
    with respx.mock(assert_all_called=False) as wire:
        sent = wire.post(MESSAGES).mock(return_value=httpx.Response(201, json={"sid": "SM" + "b" * 32}))
        wire.get(url__startswith=MESSAGES).mock(return_value=httpx.Response(200, json={"messages": []}))
        cron.ring(4)
        work(jobs.TICK)
        work(jobs.UPKEEP)
        assert len(jobs.queue_of(jobs.DELIVER)) == 1  # rung by three jobs, for one batch
        work(jobs.DELIVER)
    assert sent.call_count == 1


@pytest.fixture(params=["STOP", "I want to kill myself"])
async def unheard(due: Runtime, request: pytest.FixtureRequest) -> dict[str, object]:
    """Ada has texted while everything of ours was down, and only Twilio has it."""
    await people.rows(due, "update participants set heard_at = heard_at - interval '1 hour' returning id")
    await people.rows(due, "update deployment set last_collect = now() - interval '45 minutes' returning id")
    at = format_datetime(due.real() - timedelta(minutes=20))
    there = {"sid": people.sid(), "from": people.ADA, "to": people.SENDER, "body": request.param}
    there |= {"direction": "inbound", "date_sent": at, "date_created": at}
    return {"messages": [there], "next_page_uri": None, "page_size": 200}


@pytest.mark.parametrize("queue", [True, False])
def test_what_came_while_we_were_down_is_heard_before_anything_is_sent(
    unheard: dict[str, object], worker: Redis, monkeypatch: pytest.MonkeyPatch, *, queue: bool
) -> None:
    if not queue:
        monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
        _forget()
    with respx.mock(assert_all_called=False) as wire:
        heard = wire.get(url__startswith=MESSAGES).mock(return_value=httpx.Response(200, json=unheard))
        sent = wire.post(MESSAGES).mock(side_effect=[accepted(n) for n in range(1, 9)])
        if queue:
            cron.ring(4)
            work(jobs.TICK)
            work(jobs.DELIVER)
        else:
            cron.keep_alone()
    assert heard.called
    assert not [call for call in sent.calls if b"weekly" in call.request.content]


def test_a_twilio_that_cannot_be_asked_holds_up_nobody(unheard: dict[str, object], worker: Redis) -> None:
    with respx.mock as wire:
        wire.get(url__startswith=MESSAGES).mock(side_effect=httpx.ConnectError("refused"))
        sent = wire.post(MESSAGES).mock(side_effect=[accepted(n) for n in range(1, 9)])
        cron.ring(4)
        work(jobs.TICK)
        work(jobs.DELIVER)
    assert sent.call_count == 1


def test_a_flushed_queue_costs_a_minute_and_no_message(due: Runtime, worker: Redis) -> None:
    with respx.mock(assert_all_called=False) as wire:
        sent = wire.post(MESSAGES).mock(return_value=httpx.Response(201, json={"sid": "SM" + "c" * 32}))
        wire.get(url__startswith=MESSAGES).mock(return_value=httpx.Response(200, json={"messages": []}))
        cron.ring(5)
        work(jobs.TICK)
        worker.flushall()
        cron.ring(6)
        work(jobs.TICK)
        work(jobs.DELIVER)
    assert sent.call_count == 1


def test_twilio_away_leaves_the_collecting_for_later(due: Runtime, worker: Redis) -> None:
    with respx.mock as wire:
        wire.get(url__startswith=MESSAGES).mock(side_effect=httpx.ConnectError("refused"))
        jobs.collect()


def test_without_a_queue_nothing_breaks_and_nothing_is_rung(
    due: Runtime, worker: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    _forget()
    assert cron.ring(7) is False
    jobs.tick()
    assert jobs._runner().run(jobs.outbox.waiting(jobs._runtime(planned_once=True))) == 1


def test_without_a_queue_the_clock_itself_keeps_the_minute(
    due: Runtime, worker: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    _forget()
    with respx.mock as wire:
        sent = wire.post(MESSAGES).mock(return_value=httpx.Response(201, json={"sid": "SM" + "d" * 32}))
        cron.keep_alone()
    assert sent.call_count == 1


@pytest.mark.parametrize("job", [jobs.tick, jobs.deliver, jobs.without_queue])
def test_a_worker_whose_secret_is_another_one_leaves_everything_to_the_others(
    due: Runtime, worker: Redis, monkeypatch: pytest.MonkeyPatch, job: Callable[[], None]
) -> None:
    """A secret may be turned over while it works. What it claimed it could not read, and it would fail for good."""
    jobs.tick()
    monkeypatch.setenv("SECRET_KEY", "another secret that is long enough to be one")
    _forget()
    with pytest.raises(SchemaError, match="SECRET_KEY is not the one"):
        job()
    monkeypatch.setenv("SECRET_KEY", ",".join(due.settings.secret_key))
    _forget()
    with respx.mock as wire:
        sent = wire.post(MESSAGES).mock(return_value=accepted(1))
        jobs.deliver()
    assert sent.call_count == 1


@pytest.mark.parametrize("answer", [httpx.Response(200), httpx.Response(500), httpx.ConnectError("refused")])
def test_a_kept_minute_is_told_outside_and_silence_there_stops_nothing(
    due: Runtime, worker: Redis, monkeypatch: pytest.MonkeyPatch, answer: httpx.Response | Exception
) -> None:
    monkeypatch.setenv("HEARTBEAT_URL", "https://pulse.test/a-secret-path")
    _forget()
    with respx.mock as wire:
        heard = wire.get("https://pulse.test/a-secret-path").mock(side_effect=[answer])
        jobs.tick()
    assert heard.call_count == 1


def test_a_minute_that_failed_is_not_told_as_kept(
    worker: Redis, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEARTBEAT_URL", "https://pulse.test/a-secret-path")
    monkeypatch.setenv("DATABASE_URL", settings.database_url.rpartition("/")[0] + "/no_such_database")
    _forget()
    with respx.mock(assert_all_called=False) as wire:
        heard = wire.get("https://pulse.test/a-secret-path")
        with pytest.raises(Exception, match="no_such_database"):
            jobs.tick()
    assert not heard.called


@pytest.mark.parametrize("job", [jobs.tick, jobs.without_queue])
def test_a_minute_in_which_all_that_was_due_failed_is_not_told_as_kept(
    due: Runtime, worker: Redis, monkeypatch: pytest.MonkeyPatch, job: Callable[[], None]
) -> None:
    """Nor those after it, in which nothing is tried; whatever else waits is done all the same."""
    monkeypatch.setenv("HEARTBEAT_URL", "https://pulse.test/a-secret-path")
    _forget()
    with respx.mock(assert_all_called=False) as wire:
        heard = wire.get("https://pulse.test/a-secret-path").mock(return_value=httpx.Response(200))
        sent = wire.post(MESSAGES).mock(side_effect=[accepted(n) for n in range(1, 9)])
        _alone(_spoil, due, people.ADA)
        for _ in range(2):
            with pytest.raises(NothingKeptError):
                job()
        assert (heard.called, sent.called) == (False, False)
        _alone(_come_due, due, people.BEN)
        job()
    assert heard.called
    assert sent.called or len(jobs.queue_of(jobs.DELIVER)) == 1


async def _spoil(rt: Runtime, number: str) -> None:
    """Have a fault in what somebody is asked with."""
    await people.text(rt, "TALK")
    query = "update participants set answer_key = '\\x00' where phone_hash = :hash returning id"
    await people.rows(rt, query, hash=rt.vault.lookup(number))


async def _come_due(rt: Runtime, number: str) -> None:
    """Have somebody's check-in be due, with the calendar as it is."""
    await people.join(rt, number)
    query = """update appointments set due_at = :now where state = 'due' and kind = 'check-in' and tries = 0
        returning id"""
    await people.rows(rt, query, now=await people.now(rt))


def _alone(work: Callable[[Runtime, str], Coroutine[None, None, None]], rt: Runtime, number: str) -> None:
    """Do this in a loop of its own, with a connection of its own."""

    async def run() -> None:
        own = open_runtime(rt.settings, pool=1)
        try:
            await work(own, number)
        finally:
            await own.close()

    asyncio.run(run())


async def test_the_calendar_and_the_real_time_are_apart_only_in_a_demo(due: Runtime) -> None:
    async with due.begin() as (_, now):
        assert now - due.real() > timedelta(minutes=1)
