"""Everything the pretend Twilio remembers, in memory only, and a bell that rings at each change."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from sms_service.emulator.codes import explain
from sms_service.emulator.faults import Faults
from sms_service.emulator.lines import Line
from sms_service.emulator.records import Call, Message, Trouble
from sms_service.emulator.settings import OptOut, Settings


class Memory:
    """The whole state; only one event loop ever touches it."""

    def __init__(self, settings: Settings, now: Callable[[], datetime]) -> None:
        self._settings = settings
        self._now = now
        self._bell = asyncio.Event()
        self.on_pages: Counter[str] = Counter()
        self.version = 0
        self.clear()

    def clear(self) -> None:
        """Forget everything and go back to the settings; whoever is waiting is woken."""
        self.messages: dict[str, Message] = {}
        self.calls: dict[str, Call] = {}
        self.lines: dict[str, Line] = {}
        self.troubles: list[Trouble] = []
        self.opted_out: set[tuple[str, str]] = set()
        self.opt_out: dict[str, OptOut] = dict.fromkeys(self._settings.numbers, self._settings.opt_out)
        self.opt_out_type: dict[str, bool] = dict.fromkeys(self._settings.numbers, self._settings.opt_out_type)
        self.faults = Faults()
        self.tallies: Counter[str] = Counter()
        self._by_phone: dict[str, list[str]] = {}
        self._seq = 0
        self.state_version = self.cleared = self._ring()

    def next_seq(self) -> int:
        self._seq += 1
        return self._seq

    def keep(self, message: Message) -> Message:
        """Remember a message that is new or has changed."""
        if message.sid not in self.messages:
            self._by_phone.setdefault(message.phone, []).append(message.sid)
        kept = replace(message, version=self._ring())
        self.messages[message.sid] = kept
        return kept

    def keep_call(self, call: Call) -> Call:
        """Remember a call that is new or has changed."""
        kept = replace(call, version=self._ring())
        self.calls[call.sid] = kept
        return kept

    def trouble(self, code: int, *, phone: str, sid: str | None, detail: str = "", url: str | None = None) -> None:
        """Remember that something went wrong."""
        self.troubles.append(
            Trouble(
                seq=len(self.troubles) + 1,
                at=self._now(),
                code=code,
                text=f"{explain(code)}: {detail}" if detail else explain(code),
                phone=phone,
                sid=sid,
                url=url,
                version=self._ring(),
            )
        )

    def set_faults(self, faults: Faults) -> None:
        self.faults = faults
        self.state_version = self._ring()

    def set_opt_out(self, number: str, mode: OptOut, *, send_type: bool | None = None) -> None:
        self.opt_out[number] = mode
        if send_type is not None:
            self.opt_out_type[number] = send_type
        self.state_version = self._ring()

    def shut_out(self, phone: str, line: str, *, out: bool) -> None:
        """Note that a phone has opted out of a line, or back in."""
        (self.opted_out.add if out else self.opted_out.discard)((phone, line))
        self.state_version = self._ring()

    def is_out(self, phone: str, line: str) -> bool:
        return (phone, line) in self.opted_out

    def of_phone(self, phone: str) -> list[Message]:
        """The messages of a phone, oldest first."""
        return [self.messages[sid] for sid in self._by_phone.get(phone, ())]

    def newest_first(self) -> Iterable[Message]:
        """What Twilio still lists."""
        return (message for message in reversed(self.messages.values()) if message.kept is not None)

    def _ring(self) -> int:
        self.version += 1
        self._bell.set()
        self._bell = asyncio.Event()
        return self.version

    async def change_after(self, version: int, seconds: float) -> bool:
        """Wait until something has changed since `version`; False if nothing did in that many seconds."""
        if self.version > version:
            return True
        bell = self._bell
        try:
            async with asyncio.timeout(seconds):
                await bell.wait()
        except TimeoutError:
            return False
        return True
