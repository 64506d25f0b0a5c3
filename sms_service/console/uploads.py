"""Forms that bring a file (RFC 7578): every field as text, and a file as what is written in it."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage, Message

from sms_service.decoding import decode


def parse(content_type: str, body: bytes) -> dict[str, str]:
    """Return the fields; of one sent twice, the last. Raises ValueError for what is no such form."""
    head = content_type.encode("latin-1").replace(b"\r", b"").replace(b"\n", b"")
    message = message_from_bytes(b"Content-Type: " + head + b"\r\n\r\n" + body, policy=policy.HTTP)
    if not message.is_multipart() or message.get_content_maintype() != "multipart":
        raise ValueError("not a form in parts")
    found: dict[str, str] = {}
    for part in message.iter_parts() if isinstance(message, EmailMessage) else ():
        name = part.get_param("name", header="content-disposition")
        if isinstance(name, str) and not part.is_multipart():
            found[name] = _text(part)
    return found


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    return decode(payload if isinstance(payload, bytes) else b"")
