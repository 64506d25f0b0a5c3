"""What happens to a text on its way to a phone, from Twilio's acceptance to delivery or failure."""

import asyncio
from dataclasses import dataclass, replace

from sms_service.emulator import callbacks
from sms_service.emulator.exchange import Exchange
from sms_service.emulator.numbers import DEAD_PHONES
from sms_service.emulator.records import SETTLED, UNSENT, Direction, Message, new_sid


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A text that Twilio has been asked to send; `validity` in seconds."""

    sender: str
    recipient: str
    body: str
    direction: Direction = "outbound-api"
    service_sid: str | None = None
    callback: str | None = None
    validity: float | None = None
    media: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Fate:
    """The states still to come, the error at the end, and how long the text waits first."""

    states: tuple[str, ...]
    error_code: int | None = None
    wait: float = 0


def accept(exchange: Exchange, draft: Draft) -> Message:
    """Take a text in; it moves on by itself. Its first status is told to nobody but the caller."""
    now = exchange.now()
    message = exchange.memory.keep(
        Message(
            sid=new_sid("MM" if draft.media else "SM"),
            seq=exchange.memory.next_seq(),
            direction=draft.direction,
            sender=draft.sender,
            recipient=draft.recipient,
            body=draft.body,
            kept=draft.body,
            status="accepted" if draft.service_sid else "queued",
            created=now,
            updated=now,
            service_sid=draft.service_sid,
            callback=draft.callback,
            validity=draft.validity,
            media=draft.media,
        )
    )
    exchange.memory.tallies["accepted"] += 1
    exchange.spawn(_carry(exchange, message, _fate(exchange, message)))
    return message


def _fate(exchange: Exchange, message: Message) -> _Fate:
    faults = exchange.memory.faults
    before = ("queued",) if message.service_sid else ()
    if exchange.memory.is_out(message.recipient, message.sender):
        return _Fate(("failed",), 21610)
    if message.validity is not None and faults.hold_seconds > message.validity:
        return _Fate((*before, "failed"), 30036, message.validity)
    states, error_code = _end(exchange, message.recipient)
    return _Fate(before + states, error_code, faults.hold_seconds)


def _end(exchange: Exchange, recipient: str) -> tuple[tuple[str, ...], int | None]:
    faults = exchange.memory.faults
    if recipient in DEAD_PHONES:
        return ("sent", "undelivered"), DEAD_PHONES[recipient]
    if faults.fail_later is None:
        return ("sent", "delivered"), None
    exchange.memory.set_faults(faults.after_failure())
    states = ("failed",) if faults.fail_later.status == "failed" else ("sent", "undelivered")
    return states, faults.fail_later.code


async def _carry(exchange: Exchange, message: Message, fate: _Fate) -> None:
    faults = exchange.memory.faults
    told: list[Message] = []
    if fate.wait:
        await exchange.hold(fate.wait)
    for state in fate.states:
        await asyncio.sleep(exchange.settings.step_delay)
        moved = _move(exchange, message.sid, state, fate.error_code)
        if faults.callbacks == "shuffled":
            told.append(moved)
        else:
            await callbacks.report(exchange, moved, faults)
    for moved in reversed(told):
        await callbacks.report(exchange, moved, faults)


def _move(exchange: Exchange, sid: str, state: str, error_code: int | None) -> Message:
    now = exchange.now()
    message = exchange.memory.messages[sid]
    failed = state in UNSENT
    moved = replace(
        message,
        status=state,
        updated=now,
        sent=message.sent or (now if state in SETTLED else None),
        error_code=error_code if failed else None,
    )
    if failed and error_code:
        exchange.memory.trouble(error_code, phone=message.phone, sid=sid)
    return exchange.memory.keep(moved)
