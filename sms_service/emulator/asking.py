"""Asking the service what to do next: its webhook first, its fallback when that fails."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

import httpx

from sms_service.emulator import webhooks
from sms_service.emulator.codes import explain
from sms_service.emulator.exchange import Exchange
from sms_service.emulator.twiml import TwimlError
from sms_service.emulator.webhooks import Attempt

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an answer could not be used."""

    code: int
    message: str
    url: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Asked(Generic[T]):
    """What the service wants, or None; `failure` is that of the webhook, also where the fallback helped."""

    attempts: tuple[Attempt, ...]
    wanted: T | None
    failure: Failure | None


async def ask(
    exchange: Exchange,
    urls: tuple[str, str],
    params: Mapping[str, str],
    read: Callable[[httpx.Response], T],
    method: str = "POST",
) -> Asked[T]:
    """Post to the webhook, then to the fallback, if any, with ErrorCode and ErrorUrl when no usable answer came."""
    url, fallback_url = urls
    first = await _once(exchange, url, params, read, method)
    if first.failure is None or not fallback_url:
        return first
    error = {"ErrorCode": str(first.failure.code), "ErrorUrl": first.failure.url}
    second = await _once(exchange, fallback_url, {**params, **error}, read, "POST")
    return Asked(first.attempts + second.attempts, second.wanted, first.failure)


async def _once(
    exchange: Exchange, url: str, params: Mapping[str, str], read: Callable[[httpx.Response], T], method: str
) -> Asked[T]:
    answer = await webhooks.post(exchange, url, params, method)
    exchange.memory.tallies["webhooks.posted"] += len(answer.attempts)
    wanted, attempts, failure = _judge(answer, read)
    exchange.memory.tallies["webhooks.failed"] += sum(attempt.code is not None for attempt in attempts)
    return Asked(attempts, wanted, failure)


def _judge(
    answer: webhooks.Answer, read: Callable[[httpx.Response], T]
) -> tuple[T | None, tuple[Attempt, ...], Failure | None]:
    last = answer.attempts[-1]
    if answer.response is None:
        code = last.code or 11200
        return None, answer.attempts, Failure(code, explain(code), last.url)
    try:
        return read(answer.response), answer.attempts, None
    except TwimlError as error:
        spoilt = Attempt(last.url, last.status, "twiml", error.code)
        failure = Failure(error.code, explain(error.code), last.url, error.detail)
        return None, (*answer.attempts[:-1], spoilt), failure
