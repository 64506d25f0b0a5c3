"""The JSON that scripts and the page read: messages, calls, troubles, and counts."""

from collections import Counter

from sms_service.emulator.memory import Memory
from sms_service.emulator.records import Call, Message, Trouble

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
    """One call, with the words it would have spoken."""
    return {
        "seq": call.seq,
        "sid": call.sid,
        "direction": call.direction,
        "from": call.sender,
        "to": call.recipient,
        "status": call.status,
        "words": list(call.words),
        "at": call.created.isoformat(),
    }


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
