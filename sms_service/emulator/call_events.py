"""Telling the service how a call fares."""

from email.utils import format_datetime

from sms_service.emulator import webhooks
from sms_service.emulator.callbacks import API_VERSION, spread
from sms_service.emulator.exchange import Exchange
from sms_service.emulator.lines import Line
from sms_service.emulator.records import Call


def call_params(exchange: Exchange, call: Call) -> dict[str, str]:
    """The parameters that every request about a call carries."""
    params = {
        "CallSid": call.sid,
        "AccountSid": exchange.settings.account_sid,
        "From": call.sender,
        "To": call.recipient,
        "Caller": call.sender,
        "Called": call.recipient,
        "CallStatus": call.status,
        "Direction": "inbound" if call.direction == "inbound" else "outbound-api",
        "ApiVersion": API_VERSION,
    }
    return params | ({"AnsweredBy": call.answered_by} if call.answered_by else {})


async def tell(exchange: Exchange, line: Line, event: str) -> None:
    """Post one event if it was asked for, or do with it what the faults ask for."""
    number, line.told = line.told, line.told + 1
    if line.callback is None:
        return
    if event in line.events:
        line.held.append(_params(exchange, exchange.memory.calls[line.sid], number))
    faults = exchange.memory.faults
    if faults.callbacks == "shuffled" and event != "completed":
        return
    held, line.held = reversed(line.held), []
    for params in held:
        await _spread(exchange, line.callback, params)


async def _spread(exchange: Exchange, callback: str, params: dict[str, str]) -> None:
    await spread(exchange, exchange.memory.faults, lambda: _post(exchange, callback, params))


async def _post(exchange: Exchange, callback: str, params: dict[str, str]) -> None:
    answer = await webhooks.post(exchange, callback, params)
    exchange.memory.tallies["callbacks.posted"] += len(answer.attempts)
    exchange.memory.tallies["callbacks.failed"] += answer.code is not None


def _params(exchange: Exchange, call: Call, number: int) -> dict[str, str]:
    params = call_params(exchange, call) | {
        "CallbackSource": "call-progress-events",
        "SequenceNumber": str(number),
        "Timestamp": format_datetime(call.updated),
    }
    if call.duration is not None:
        params |= {"CallDuration": str(call.duration), "Duration": str(-(-call.duration // 60))}
    return params
