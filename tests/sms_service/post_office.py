"""A mail server on this machine that takes letters, or refuses them."""

from __future__ import annotations

import asyncio
import email.policy
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from email.parser import BytesParser

from sms_service.runtime import Runtime


@dataclass(slots=True)
class PostOffice:
    """What was handed in. With `refuses` it takes nothing; `looks` is called at each letter, before it is taken."""

    port: int = 0
    refuses: bool = False
    letters: list[EmailMessage] = field(default_factory=list)
    looks: Callable[[], Awaitable[None]] | None = None

    def reach(self, rt: Runtime) -> Runtime:
        """Return the runtime with this as its mail server."""
        settings = {"smtp_url": f"smtp://127.0.0.1:{self.port}", "mail_from": "checkin@checkin.test"}
        return replace(rt, settings=rt.settings.model_copy(update=settings))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Speak as much SMTP as smtplib needs."""
        writer.write(b"220 here\r\n")
        while line := await reader.readline():
            word = line[:4].upper()
            if word == b"DATA":
                writer.write(b"354 go on\r\n")
                body = await reader.readuntil(b"\r\n.\r\n")
                if self.looks:
                    await self.looks()
                parsed = BytesParser(EmailMessage, policy=email.policy.default).parsebytes(body[:-3])
                self.letters.append(parsed)
                writer.write(b"250 taken\r\n")
            elif word == b"QUIT":
                writer.write(b"221 bye\r\n")
                break
            else:
                writer.write(b"550 no\r\n" if self.refuses and word == b"RCPT" else b"250 yes\r\n")
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def post_office() -> AsyncIterator[PostOffice]:
    """Open one."""
    office = PostOffice()
    server = await asyncio.start_server(office.serve, "127.0.0.1", 0)
    office.port = server.sockets[0].getsockname()[1]
    async with server:
        yield office
