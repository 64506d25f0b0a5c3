"""Telling the service how a message fares."""

import asyncio
from collections.abc import Callable, Coroutine
from urllib.parse import urlsplit

from sms_service.emulator import webhooks
from sms_service.emulator.codes import explain
from sms_service.emulator.exchange import Exchange
from sms_service.emulator.faults import Faults
from sms_service.emulator.records import Message

API_VERSION = "2010-04-01"


def is_callback_url(address: str) -> bool:
    """Say whether Twilio would take this as a StatusCallback; it refuses underscores in the host."""
    parts = urlsplit(address)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and "_" not in (parts.hostname or "_")


async def report(exchange: Exchange, message: Message, faults: Faults) -> None:
    """Post the message's present status, or do with it what the faults ask for."""
    await spread(exchange, faults, lambda: post(exchange, message))


async def spread(exchange: Exchange, faults: Faults, tell: Callable[[], Coroutine[None, None, None]]) -> None:
    """Tell something once, or never, late or twice, as the faults ask for."""
    match faults.callbacks:
        case "lost":
            exchange.memory.tallies["callbacks.lost"] += 1
        case "late":
            exchange.spawn(_late(tell, faults.seconds))
        case "repeated":
            await tell()
            await tell()
        case _:
            await tell()


async def _late(tell: Callable[[], Coroutine[None, None, None]], seconds: float) -> None:
    await asyncio.sleep(seconds)
    await tell()


async def post(exchange: Exchange, message: Message) -> None:
    """Post one status; a service that does not take it is noted, for Twilio does no more either."""
    if message.callback is None:
        return
    async with exchange.callback_lines:
        answer = await webhooks.post(exchange, message.callback, _params(exchange, message))
    exchange.memory.tallies["callbacks.posted"] += len(answer.attempts)
    if answer.code is not None:
        exchange.memory.tallies["callbacks.failed"] += 1
        url = answer.attempts[-1].url
        detail = f"the status {message.status} was not taken"
        exchange.memory.trouble(answer.code, phone=message.phone, sid=message.sid, detail=detail, url=url)


def _params(exchange: Exchange, message: Message) -> dict[str, str]:
    params = {
        "MessageSid": message.sid,
        "SmsSid": message.sid,
        "MessageStatus": message.status,
        "SmsStatus": message.status,
        "To": message.recipient,
        "From": message.sender,
        "AccountSid": exchange.settings.account_sid,
        "ApiVersion": API_VERSION,
    }
    if message.service_sid:
        params["MessagingServiceSid"] = message.service_sid
    if message.error_code:
        params |= {"ErrorCode": str(message.error_code), "ErrorMessage": explain(message.error_code)}
    if message.status == "delivered":
        params["RawDlrDoneDate"] = message.updated.strftime("%y%m%d%H%M")
    return params
