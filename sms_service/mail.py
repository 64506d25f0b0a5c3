"""Letters by e-mail, where SMTP_URL is set: plain text, sent at once, in a thread with a time limit."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from urllib.parse import unquote, urlsplit

import structlog

from sms_service.settings import Settings

log = structlog.get_logger()

_SECONDS = 10
_HERE = {"127.0.0.1", "::1", "localhost"}


async def send(settings: Settings, to: str, subject: str, body: str, *, answer_to: str = "") -> bool:
    """Send a letter; answers go to `answer_to`, if it is given. False if it could not be handed over, which the log
    tells without saying to whom.
    """
    try:
        await asyncio.wait_for(asyncio.to_thread(_hand_over, settings, to, subject, body, answer_to), 3 * _SECONDS)
    except (OSError, smtplib.SMTPException, ValueError) as error:
        log.warning("mail.failed", error=type(error).__name__)
        return False
    return True


def _hand_over(settings: Settings, to: str, subject: str, body: str, answer_to: str) -> None:
    """Hand a letter to the server. Nothing leaves this machine unencrypted."""
    server = urlsplit(settings.smtp_url)
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = settings.mail_from, to, subject
    if answer_to:
        message["Reply-To"] = answer_to
    message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain=settings.mail_from.rpartition("@")[2])
    message.set_content(body)
    host, tls = server.hostname or "", ssl.create_default_context()
    if server.scheme == "smtps":
        connection: smtplib.SMTP = smtplib.SMTP_SSL(host, server.port or 465, timeout=_SECONDS, context=tls)
    else:
        connection = smtplib.SMTP(host, server.port or 587, timeout=_SECONDS)
    with connection:
        if server.scheme == "smtp" and host not in _HERE:
            connection.starttls(context=tls)
        if server.username:
            connection.login(unquote(server.username), unquote(server.password or ""))
        connection.send_message(message)
