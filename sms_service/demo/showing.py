"""What the person who started the demo sees: progress, then where to go and how to sign in."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import pyotp

from sms_service.demo.checks import Plan
from sms_service.demo.ports import HOST


@dataclass(frozen=True, slots=True, repr=False)
class Seeded:
    """What the seed made: the coordinator's sign-in and the program's way in."""

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
    code = pyotp.TOTP(seeded.totp_secret).now()
    say(f"""
  phones       http://{HOST}:{plan.emulator_port}/   text {seeded.keyword} to {seeded.number}
  program      {page}   ({seeded.program})
  console      {public}/console
    e-mail     {seeded.email}
    password   {seeded.password}
    code       {code} now; the secret for an authenticator app is {seeded.totp_secret}
  calendar     POST http://{HOST}:{plan.clock_port}/clock {{"to": "next"}}
  data, logs   {plan.folder}, {plan.logs}
  Ctrl-C ends everything; the data stays.
""")
    say("ready")
