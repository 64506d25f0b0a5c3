"""What the person who started the demo sees: progress, then where to go and how to sign in."""

from __future__ import annotations

import json
import os
import select
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TextIO

import pyotp

from sms_service.demo.checks import Plan
from sms_service.demo.ports import HOST


@dataclass(frozen=True, slots=True, repr=False)
class Seeded:
    """What the seed made: the sign-in of whoever coordinates and the program's way in."""

    email: str
    password: str
    totp_secret: str
    program: str
    keyword: str
    number: str
    page: str

    @classmethod
    def read(cls, line: str) -> Seeded:
        """Read the seed's one line of JSON. Raises ValueError or KeyError if it isn't that."""
        told = json.loads(line)
        person, program = told["coordinator"], told["program"]
        return cls(
            email=person["email"],
            password=person["password"],
            totp_secret=person["totp_secret"],
            program=program["name"],
            keyword=program["keyword"],
            number=program["number"],
            page=program["page"],
        )


def say(line: str, end: str = "\n") -> None:
    """Print at once. A terminal that has gone away is no reason to fall over."""
    with suppress(OSError):
        print(line, end=end, flush=True)


@contextmanager
def step(what: str) -> Iterator[None]:
    """Say what is being done and, when it is done, how long it took."""
    began = time.monotonic()
    say(f"  {what} … ", end="")
    try:
        yield
    except BaseException:
        say("")
        raise
    say(f"{time.monotonic() - began:.1f} s")


def show(plan: Plan, service: Mapping[str, str], seeded: Seeded) -> None:
    """Print the addresses and the sign-in, and at last the line `ready`."""
    public = service["PUBLIC_URL"].rstrip("/")
    page = seeded.page if seeded.page.startswith("http") else f"{public}/{seeded.page.lstrip('/')}"
    another = "press Enter here for a new one, or " if at_terminal(sys.stdin) else ""
    say(f"""
  phones       http://{HOST}:{plan.emulator_port}/   begin here: text {seeded.keyword} to {seeded.number}
  program      {page}   what people can read about {seeded.program}
  console      {public}/console   for an administrator, who coordinates:
    e-mail     {seeded.email}
    password   {seeded.password}
    code       {code(seeded)} now; {another}give an authenticator app the secret
               {seeded.totp_secret}
  calendar     POST http://{HOST}:{plan.clock_port}/clock {{"to": "next"}}
  commands     sms-service demo run doctor   and others, run against this demo
  data, logs   {plan.folder}, {plan.logs}
  Ctrl-C ends everything; the data stays.
""")
    say("ready")


def code(seeded: Seeded) -> str:
    """Return the code that signs the coordinator in now; it holds for about a minute, and works once."""
    return str(pyotp.TOTP(seeded.totp_secret).now())


def enter_pressed(seconds: float, terminal: TextIO) -> bool:
    """Wait, and say whether somebody pressed Enter at the terminal meanwhile. Where there is none, only wait."""
    if not at_terminal(terminal):
        time.sleep(seconds)
        return False
    if not select.select([terminal], [], [], seconds)[0]:
        return False
    pressed = bool(terminal.readline())
    if not pressed:  # Ctrl-D: every read ends at once
        time.sleep(seconds)
    return pressed


def at_terminal(terminal: TextIO | None) -> bool:
    """Whether this is a terminal that we may read. In the background, reading would stop us."""
    try:
        return terminal is not None and terminal.isatty() and os.tcgetpgrp(terminal.fileno()) == os.getpgrp()
    except (OSError, ValueError):
        return False
