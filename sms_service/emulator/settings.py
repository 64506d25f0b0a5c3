"""What the emulator is told at its start, from the environment alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args
from urllib.parse import urlsplit

from sms_service.emulator.numbers import is_number

OptOut = Literal["ours", "twilio"]

DEFAULT_SERVICE = "http://127.0.0.1:8000"

DEFAULT_NUMBER = "+17575550100"
"""An invented line: the exchange 555 with 0100 to 0199 is kept for fiction."""

DEFAULT_PHONES = ("+17575550111", "+17575550122")
"""The two phones that the page shows until others are chosen."""


class SettingsError(Exception):
    """A variable of the environment is missing or cannot be used; the text says which and what would do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything `create_app` needs; times are in seconds."""

    account_sid: str
    auth_token: str = field(repr=False)
    service_url: str = DEFAULT_SERVICE
    numbers: tuple[str, ...] = (DEFAULT_NUMBER,)
    opt_out: OptOut = "ours"
    opt_out_type: bool = False
    clock_url: str | None = None
    join_hint: str = "JOIN"
    host: str = "127.0.0.1"
    port: int = 8001
    webhook_timeout: float = 15.0
    step_delay: float = 0.03

    @property
    def sms_url(self) -> str:
        """Where inbound texts go; retried twice on errors and timeouts, as a real number would be set."""
        return f"{self.service_url}/twilio/sms#rc=2&rp=5xx,ct,rt"

    @property
    def sms_fallback_url(self) -> str:
        return f"{self.service_url}/twilio/sms/fallback"

    @property
    def voice_url(self) -> str:
        return f"{self.service_url}/twilio/voice"

    @property
    def voice_fallback_url(self) -> str:
        return f"{self.service_url}/twilio/voice/fallback"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "Settings":
        """Read the variables listed in `__main__`.

        Raises SettingsError for one that is missing or malformed.
        """
        return cls(
            account_sid=_required(environ, "TWILIO_ACCOUNT_SID"),
            auth_token=_required(environ, "TWILIO_AUTH_TOKEN"),
            service_url=_url(environ, "SERVICE_URL", DEFAULT_SERVICE) or DEFAULT_SERVICE,
            numbers=_numbers(environ.get("SERVICE_NUMBERS") or DEFAULT_NUMBER),
            opt_out=read_opt_out(environ.get("OPT_OUT_MODE") or "ours"),
            opt_out_type=_switch(environ, "OPT_OUT_TYPE"),
            clock_url=_url(environ, "CLOCK_URL", None),
            join_hint=environ.get("JOIN_HINT") or "JOIN",
            host=environ.get("EMULATOR_HOST") or "127.0.0.1",
            port=_port(environ.get("EMULATOR_PORT") or "8001"),
        )


def read_opt_out(word: str) -> OptOut:
    """Read an opt-out mode; raises SettingsError for anything but `ours` and `twilio`."""
    for mode in get_args(OptOut):
        if word == mode:
            return mode  # type: ignore[no-any-return]  # get_args is untyped
    raise SettingsError(f"OPT_OUT_MODE is {word!r}; it must be 'ours' or 'twilio'")


def _required(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name, "").strip()
    if not value:
        raise SettingsError(f"{name} is not set; give the same value to the service and to the emulator")
    return value


def _url(environ: Mapping[str, str], name: str, default: str | None) -> str | None:
    value = (environ.get(name) or "").strip().rstrip("/") or default
    if value is None:
        return None
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise SettingsError(f"{name} is {value!r}; it must be a web address such as http://127.0.0.1:8000")
    return value


def _numbers(listed: str) -> tuple[str, ...]:
    numbers = tuple(part.strip() for part in listed.split(",") if part.strip())
    for number in numbers:
        if not is_number(number):
            raise SettingsError(f"SERVICE_NUMBERS holds {number!r}; write it as {DEFAULT_NUMBER}, with plus")
    if not numbers:
        raise SettingsError(f"SERVICE_NUMBERS is empty; give at least one number, such as {DEFAULT_NUMBER}")
    return numbers


def _port(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise SettingsError(f"EMULATOR_PORT is {text!r}; it must be a number from 1 to 65535")
    return int(text)


def _switch(environ: Mapping[str, str], name: str) -> bool:
    word = (environ.get(name) or "no").lower()
    if word not in {"yes", "no", "1", "0", "true", "false"}:
        raise SettingsError(f"{name} is {word!r}; it must be yes or no")
    return word in {"yes", "1", "true"}
