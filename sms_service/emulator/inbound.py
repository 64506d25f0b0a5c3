"""A text from a phone: kept, posted to the service, and the service's replies sent back."""

from dataclasses import dataclass, replace
from urllib.parse import urljoin

from sms_service.emulator import words
from sms_service.emulator.asking import Asked, Failure, ask
from sms_service.emulator.callbacks import API_VERSION, is_callback_url
from sms_service.emulator.exchange import Exchange
from sms_service.emulator.outbound import Draft, accept
from sms_service.emulator.records import Message, new_sid
from sms_service.emulator.twiml import Reply, read_messages
from sms_service.emulator.webhooks import Attempt


@dataclass(frozen=True, slots=True)
class Sent:
    """One reply of the service; `sid` is None when it was only looked at and went to no phone."""

    sid: str | None
    body: str
    to: str


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a text from a phone."""

    sid: str
    attempts: tuple[Attempt, ...]
    replies: tuple[Sent, ...]
    failure: Failure | None


def keep(
    exchange: Exchange,
    *,
    phone: str,
    line: str,
    body: str,
    media: tuple[str, ...] = (),
    sid: str | None = None,
) -> Message:
    """Remember a text from a phone, as Twilio lists it, and do nothing else."""
    now = exchange.now()
    return exchange.memory.keep(
        Message(
            sid=sid or new_sid("MM" if media else "SM"),
            seq=exchange.memory.next_seq(),
            direction="inbound",
            sender=phone,
            recipient=line,
            body=body,
            kept=body,
            status="received",
            created=now,
            updated=now,
            sent=now,
            media=media,
        )
    )


async def receive(exchange: Exchange, message: Message, *, again: bool = False) -> Report:
    """Post a kept text to the service and act on its answer.

    With the fault `repeat_webhook` it is posted more often; all answers but the last count as lost on the
    way, as they are when Twilio repeats itself. `again` replays a text: an answer that comes a second time is
    reported but goes to no phone.
    """
    reaction = None if again else _carrier(exchange, message)
    params = _params(exchange, message, reaction)
    urls = (exchange.settings.sms_url, exchange.settings.sms_fallback_url)
    attempts: tuple[Attempt, ...] = ()
    for _ in range(1 + exchange.memory.faults.repeat_webhook):
        asked = await ask(exchange, urls, params, read_messages)
        attempts += asked.attempts
        _note(exchange, message, asked)
    replies = _reply(exchange, message, asked.wanted, attempts[-1].url)
    return Report(message.sid, attempts, replies, asked.failure)


def _carrier(exchange: Exchange, message: Message) -> words.Reaction | None:
    phone, line = message.sender, message.recipient
    if exchange.memory.opt_out.get(line) != "twilio":
        return None
    reaction = words.react(message.body, opted_out=exchange.memory.is_out(phone, line))
    if reaction is None:
        return None
    # The confirmation of STOP must itself get through, so the door opens for it and shuts behind it.
    exchange.memory.shut_out(phone, line, out=False)
    text = words.REPLIES[reaction.kind]
    accept(exchange, Draft(sender=line, recipient=phone, body=text, direction="outbound-reply"))
    exchange.memory.shut_out(phone, line, out=reaction.opted_out)
    return reaction


def _note(exchange: Exchange, message: Message, asked: Asked[tuple[Reply, ...]]) -> None:
    if failure := asked.failure:
        exchange.memory.trouble(
            failure.code, phone=message.sender, sid=message.sid, detail=failure.detail, url=failure.url
        )


def _reply(exchange: Exchange, message: Message, wanted: tuple[Reply, ...] | None, url: str) -> tuple[Sent, ...]:
    current = exchange.memory.messages.get(message.sid, message)
    if wanted is None:
        return ()
    if current.answered:
        return tuple(Sent(None, reply.body, reply.to or message.sender) for reply in wanted)
    exchange.memory.keep(replace(current, answered=True))
    return tuple(_send(exchange, message, reply, url) for reply in wanted)


def _send(exchange: Exchange, message: Message, reply: Reply, url: str) -> Sent:
    sent = accept(
        exchange,
        Draft(
            sender=reply.sender or message.recipient,
            recipient=reply.to or message.sender,
            body=reply.body,
            direction="outbound-reply",
            callback=_callback(url, reply.callback),
            media=reply.media,
        ),
    )
    return Sent(sent.sid, sent.body, sent.recipient)


def _callback(url: str, given: str | None) -> str | None:
    address = urljoin(url, given) if given else ""
    return address if is_callback_url(address) else None


def _params(exchange: Exchange, message: Message, reaction: words.Reaction | None) -> dict[str, str]:
    params = {
        "MessageSid": message.sid,
        "SmsSid": message.sid,
        "SmsMessageSid": message.sid,
        "AccountSid": exchange.settings.account_sid,
        "From": message.sender,
        "To": message.recipient,
        "Body": message.body,
        "NumMedia": str(len(message.media)),
        "NumSegments": str(message.size.segments),
        "SmsStatus": "received",
        "ApiVersion": API_VERSION,
        **_places("From", message.sender),
        **_places("To", message.recipient),
    }
    for index, kind in enumerate(message.media):
        params[f"MediaUrl{index}"] = _media_url(exchange, message, index)
        params[f"MediaContentType{index}"] = kind
    if reaction and exchange.memory.opt_out_type.get(message.recipient):
        params["OptOutType"] = reaction.kind
    return params


def _places(side: str, number: str) -> dict[str, str]:
    # Twilio knows the country of a number and often nothing more; the blanks are sent and signed.
    country = "US" if number.startswith("+1") else ""
    return {f"{side}City": "", f"{side}State": "", f"{side}Zip": "", f"{side}Country": country}


def _media_url(exchange: Exchange, message: Message, index: int) -> str:
    settings = exchange.settings
    path = f"/{API_VERSION}/Accounts/{settings.account_sid}/Messages/{message.sid}/Media/ME{index:032x}"
    return f"http://{settings.host}:{settings.port}{path}"
