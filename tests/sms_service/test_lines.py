"""How texts reach Twilio over real sockets: what a line is worth once it was refused, cut or left alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import httpx
import pytest

from sms_service.twilio.lines import Lines
from tests.ports import free_port

_ANSWER = b'HTTP/1.1 201 Created\r\ncontent-length: 13\r\n\r\n{"sid":"SM1"}'
_ADDRESS = "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json"
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def twilio(serve: Serve) -> AsyncIterator[str]:
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def read(reader: asyncio.StreamReader) -> str:
    """Return one request, its body included."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    length = next(int(line[15:]) for line in head.split("\r\n") if line.lower().startswith("content-length:"))
    return head + (await reader.readexactly(length)).decode()


async def send(lines: Lines) -> int:
    answer = await lines.request("POST", _ADDRESS, data={"To": "+15550100", "Body": "Hi"}, auth=("AC1", "secret"))
    return int(answer.status_code)


async def test_a_text_goes_out_as_twilio_reads_it_and_the_line_is_used_again() -> None:
    seen, opened = [], []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened.append(writer)
        for _ in range(2):
            seen.append(await read(reader))
            writer.write(_ANSWER)
        writer.close()

    async with twilio(serve) as address:
        lines = Lines(address)
        assert [await send(lines), await send(lines)] == [201, 201]
        await lines.close()
    assert len(opened) == 1
    assert seen[0] == seen[1]
    assert seen[0].startswith("POST /2010-04-01/Accounts/AC1/Messages.json HTTP/1.1")
    assert "Authorization: Basic QUMxOnNlY3JldA==" in seen[0]
    assert seen[0].endswith("To=%2B15550100&Body=Hi")


async def test_a_line_that_was_closed_meanwhile_is_opened_anew() -> None:
    gone = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read(reader)
        writer.write(_ANSWER)
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        gone.set()

    async with twilio(serve) as address:
        lines = Lines(address)
        for _ in range(3):
            assert await send(lines) == 201
            await gone.wait()
            gone.clear()
        await lines.close()


async def test_nobody_there_means_that_surely_nothing_was_sent() -> None:
    lines = Lines(f"http://127.0.0.1:{free_port()}")
    with pytest.raises(httpx.ConnectError):
        await send(lines)
    await lines.close()


async def test_a_line_cut_before_its_answer_leaves_it_open_whether_it_was_sent() -> None:
    times = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal times
        times += 1
        await read(reader)
        if times > 1:
            writer.write(_ANSWER)
        writer.close()

    async with twilio(serve) as address:
        lines = Lines(address)
        with pytest.raises(httpx.TransportError) as raised:
            await send(lines)
        assert not isinstance(raised.value, httpx.ConnectError)
        assert await send(lines) == 201
        await lines.close()


async def test_lines_that_nobody_needs_any_more_are_let_go_of() -> None:
    opened, closed = 0, 0
    all_there, others_gone = asyncio.Event(), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal opened, closed
        opened += 1
        last = opened == 3
        if last:
            all_there.set()
        with suppress(asyncio.IncompleteReadError):  # the last line is closed from the other side
            for _ in range(4 if last else 1):
                await read(reader)
                await (others_gone if last else all_there).wait()
                writer.write(_ANSWER)
        writer.close()
        await writer.wait_closed()
        closed += 1
        if closed == 2:
            others_gone.set()

    async with twilio(serve) as address:
        lines = Lines(address)
        assert await asyncio.gather(*(send(lines) for _ in range(3))) == [201, 201, 201]
        assert [await send(lines), await send(lines)] == [201, 201]
        assert (opened, len(lines._idle)) == (3, 1)
        await lines.close()


@pytest.mark.parametrize("named", ["", "ann:secret@"], ids=["open", "with a password"])
async def test_texts_go_by_the_proxy_that_the_environment_names(named: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(2):
            seen.append(await read(reader))
            writer.write(_ANSWER)
        writer.close()

    async with twilio(proxy) as address:
        monkeypatch.setenv("http_proxy", address.replace("//", f"//{named}"))
        monkeypatch.delenv("no_proxy", raising=False)
        lines = Lines("http://twilio.test")
        assert [await send(lines), await send(lines)] == [201, 201]
        await lines.close()
    assert seen[0].startswith("POST http://twilio.test/2010-04-01/Accounts/AC1/Messages.json HTTP/1.1")
    assert ("Proxy-Authorization: Basic YW5uOnNlY3JldA==" in seen[0]) == bool(named)


async def test_a_proxy_that_opens_no_tunnel_means_that_surely_nothing_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n")
        writer.close()

    async with twilio(proxy) as address:
        monkeypatch.setenv("https_proxy", address.replace("//", "//ann:secret@"))
        monkeypatch.delenv("no_proxy", raising=False)
        lines = Lines("https://twilio.test")
        with pytest.raises(httpx.ConnectError):
            await send(lines)
        await lines.close()
    assert asked[0].startswith("CONNECT twilio.test:443 HTTP/1.1")
    assert "Proxy-Authorization: Basic YW5uOnNlY3JldA==" in asked[0]
