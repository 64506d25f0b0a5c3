"""Twilio's Messages resource: send, list, read, empty and delete."""

from dataclasses import replace

from fastapi import APIRouter, Depends, Request, Response

from sms_service.emulator.callbacks import API_VERSION, is_callback_url
from sms_service.emulator.codes import Refusal
from sms_service.emulator.exchange import Exchange
from sms_service.emulator.numbers import BAD_RECIPIENTS, BAD_SENDERS, TEST_SENDER, is_number
from sms_service.emulator.outbound import Draft, accept
from sms_service.emulator.records import SETTLED, Message
from sms_service.emulator.resources import message_filter, message_json, page
from sms_service.emulator.rest import Emulated, Form, answer, authorise, one, read_form, refuse_if_asked
from sms_service.emulator.twiml import LONGEST_BODY

ROOT = f"/{API_VERSION}/Accounts/{{account}}"

router = APIRouter(prefix=ROOT, dependencies=[Depends(authorise)], include_in_schema=False)


@router.post("/Messages.json")
async def send(request: Request, exchange: Emulated) -> Response:
    """Accept a text, or refuse it with Twilio's code; parameters that play no part here are ignored."""
    form = await read_form(request)
    refuse_if_asked(exchange)
    message = accept(exchange, _draft(exchange, form))
    return answer(exchange, message_json(exchange.settings.account_sid, message))


def _draft(exchange: Exchange, form: Form) -> Draft:
    recipient = _recipient(one(form, "To"))
    sender = _sender(exchange, form, recipient)
    if exchange.memory.is_out(recipient, sender):
        exchange.memory.trouble(21610, phone=recipient, sid=None)
        raise Refusal(21610)
    media = tuple(form.get("MediaUrl", ()))
    return Draft(
        sender=sender,
        recipient=recipient,
        body=_body(one(form, "Body"), media),
        service_sid=one(form, "MessagingServiceSid") or None,
        callback=_callback(one(form, "StatusCallback")),
        validity=_validity(one(form, "ValidityPeriod")),
        media=media,
    )


def _recipient(to: str) -> str:
    if not is_number(to):
        raise Refusal(21211)
    if to in BAD_RECIPIENTS:
        raise Refusal(BAD_RECIPIENTS[to])
    return to


def _sender(exchange: Exchange, form: Form, recipient: str) -> str:
    sender = one(form, "From")
    if not sender:
        return _pooled(exchange, form, recipient)
    if sender in BAD_SENDERS:
        raise Refusal(BAD_SENDERS[sender])
    if sender not in (*exchange.settings.numbers, TEST_SENDER):
        raise Refusal(21606 if is_number(sender) else 21212)
    return sender


def _pooled(exchange: Exchange, form: Form, recipient: str) -> str:
    """The number that a messaging service uses for this person: always the one they last had."""
    if not one(form, "MessagingServiceSid"):
        raise Refusal(21603)
    known = [message.line for message in exchange.memory.of_phone(recipient)[-1:]]
    return (known or list(exchange.settings.numbers))[0]


def _body(body: str, media: tuple[str, ...]) -> str:
    if not body and not media:
        raise Refusal(21602)
    if len(body) > LONGEST_BODY:
        raise Refusal(21617)
    return body


def _callback(address: str) -> str | None:
    if address and not is_callback_url(address):
        raise Refusal(21609)
    return address or None


def _validity(text: str) -> float | None:
    if text and (not text.isdigit() or not 1 <= int(text) <= 36000):
        raise Refusal(20001)
    return float(text) if text else None


@router.get("/Messages.json")
async def index(request: Request, account: str, exchange: Emulated) -> dict[str, object]:
    """List texts both ways, newest first."""
    query = dict(request.query_params)
    found = filter(message_filter(query), exchange.memory.newest_first())
    path = f"/{API_VERSION}/Accounts/{account}/Messages.json"
    return page(path, "messages", query, found, lambda message: message_json(account, message))


def _find(exchange: Exchange, sid: str) -> Message:
    message = exchange.memory.messages.get(sid)
    if message is None or message.kept is None:
        raise Refusal(20404, 404)
    return message


def _find_settled(exchange: Exchange, sid: str) -> Message:
    message = _find(exchange, sid)
    if message.status not in SETTLED:
        raise Refusal(20009, 409)
    return message


@router.get("/Messages/{sid}.json")
async def fetch(account: str, sid: str, exchange: Emulated) -> dict[str, object]:
    """Read one text."""
    return message_json(account, _find(exchange, sid))


@router.post("/Messages/{sid}.json")
async def redact(request: Request, account: str, sid: str, exchange: Emulated) -> dict[str, object]:
    """Empty the body that Twilio keeps of a settled text, the only change there is; the phone keeps it."""
    form = await read_form(request)
    message = _find_settled(exchange, sid)
    if form.get("Body") != [""]:
        raise Refusal(20001)
    emptied = exchange.memory.keep(replace(message, kept="", updated=exchange.now()))
    return message_json(account, emptied)


@router.delete("/Messages/{sid}.json", status_code=204)
async def delete(sid: str, exchange: Emulated) -> Response:
    """Forget a settled text at Twilio; the phone still shows it."""
    exchange.memory.keep(replace(_find_settled(exchange, sid), kept=None))
    return Response(status_code=204)
