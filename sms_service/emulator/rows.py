"""The JSON that scripts and the page read: messages, calls, troubles, and counts."""

from collections import Counter
from dataclasses import asdict

from sms_service.emulator.asking import Failure
from sms_service.emulator.lines import Line
from sms_service.emulator.memory import Memory
from sms_service.emulator.records import Call, Message, Trouble
from sms_service.emulator.webhooks import Attempt

Row = dict[str, object]


def message_row(message: Message) -> Row:
    """One text as the phone has it."""
    size = message.size
    return {
        "seq": message.seq,
        "sid": message.sid,
        "direction": message.direction,
        "from": message.sender,
        "to": message.recipient,
        "body": message.body,
        "media": list(message.media),
        "status": message.status,
        "segments": size.segments,
        "encoding": size.encoding,
        "error_code": message.error_code,
        "at": message.created.isoformat(),
    }


def call_row(call: Call) -> Row:
    """One call: what happened on the line so far, and what it waits for."""
    return {
        "seq": call.seq,
        "sid": call.sid,
        "direction": call.direction,
        "from": call.sender,
        "to": call.recipient,
        "status": call.status,
        "words": list(call.words),
        "spoken": [asdict(part) for part in call.spoken],
        "paused": call.paused,
        "waited": call.waited,
        "waits": call.waits,
        "answered_by": call.answered_by or None,
        "duration": call.duration,
        "at": call.created.isoformat(),
        "version": call.version,
    }


def call_record(call: Call, line: Line) -> Row:
    """One call with every document, and what the last step asked of the service."""
    failures = [asked.failure for asked in line.asked if asked.failure]
    return call_row(call) | {
        "documents": [asdict(sheet) for sheet in call.documents],
        "attempts": [attempt_row(attempt) for asked in line.asked for attempt in asked.attempts],
        "error": error_row(failures[-1] if failures else None),
    }


def attempt_row(attempt: Attempt) -> Row:
    """One knock at the service's door."""
    return {"url": attempt.url, "status": attempt.status, "error": attempt.error}


def error_row(failure: Failure | None) -> Row | None:
    """Why an answer could not be used."""
    if failure is None:
        return None
    message = f"{failure.message}: {failure.detail}" if failure.detail else failure.message
    return {"code": failure.code, "message": message}


def trouble_row(trouble: Trouble) -> Row:
    """One thing that went wrong, in plain words."""
    return {
        "seq": trouble.seq,
        "code": trouble.code,
        "message": trouble.text,
        "phone": trouble.phone,
        "sid": trouble.sid,
        "url": trouble.url,
        "at": trouble.at.isoformat(),
    }


def state_row(memory: Memory) -> Row:
    """The faults, the mode of each number, and who is shut out of which."""
    return {
        "faults": memory.faults.model_dump(),
        "numbers": [
            {"number": number, "opt_out": mode, "opt_out_type": memory.opt_out_type.get(number, False)}
            for number, mode in memory.opt_out.items()
        ],
        "opted_out": [{"phone": phone, "number": line} for phone, line in sorted(memory.opted_out)],
    }


def stats(memory: Memory) -> Row:
    """Count everything; `duplicates` are the same text to the same phone more than once."""
    sent = [message for message in memory.messages.values() if message.direction != "inbound"]
    same = Counter((message.recipient, message.body) for message in sent)
    return {
        "accepted": {
            "total": memory.tallies["accepted"],
            "by_sender": dict(Counter(message.sender for message in sent)),
            "by_recipient": dict(Counter(message.recipient for message in sent)),
        },
        "duplicates": [{"to": to, "body": body, "count": count} for (to, body), count in same.items() if count > 1],
        "received": sum(message.direction == "inbound" for message in memory.messages.values()),
        "states": dict(Counter(message.status for message in memory.messages.values())),
        "refused": _tallied(memory, "refused"),
        "webhooks": {"posted": 0, "failed": 0} | _tallied(memory, "webhooks"),
        "callbacks": {"posted": 0, "failed": 0, "lost": 0} | _tallied(memory, "callbacks"),
        "answers_lost": memory.tallies["answers.lost"],
        "calls": len(memory.calls),
        "troubles": len(memory.troubles),
    }


def _tallied(memory: Memory, kind: str) -> dict[str, int]:
    prefix = f"{kind}."
    return {name.removeprefix(prefix): count for name, count in memory.tallies.items() if name.startswith(prefix)}
