"""The demo's secrets: made once, kept in a file that only its owner can read, the same at every start."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import pyotp

from sms_service.demo.errors import DemoError

FILE = "secrets.json"


@dataclass(frozen=True, slots=True, repr=False)
class Secrets:
    """Each value as the program that uses it expects it. Variables of the environment win over these."""

    secret_key: str
    twilio_account_sid: str
    twilio_auth_token: str
    postgres_password: str
    valkey_password: str
    coordinator_password: str
    coordinator_totp_secret: str


_MAKERS: dict[str, Callable[[], str]] = {
    "secret_key": lambda: secrets.token_urlsafe(32),
    "twilio_account_sid": lambda: "AC" + secrets.token_hex(16),
    "twilio_auth_token": lambda: secrets.token_hex(16),
    "postgres_password": lambda: secrets.token_hex(16),
    "valkey_password": lambda: secrets.token_hex(16),
    "coordinator_password": lambda: secrets.token_urlsafe(12),
    "coordinator_totp_secret": pyotp.random_base32,
}


def load(folder: Path) -> Secrets:
    """Read the secrets of a data folder, making what it lacks. Raises DemoError if the file is damaged."""
    path = folder / FILE
    kept = _read(path)
    whole = Secrets(**{field.name: kept.get(field.name) or _MAKERS[field.name]() for field in fields(Secrets)})
    if asdict(whole) != kept:
        write(path, asdict(whole))
    path.chmod(0o600)
    return whole


def _read(path: Path) -> dict[str, str]:
    try:
        kept = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except ValueError:
        kept = None
    if not isinstance(kept, dict) or not all(isinstance(value, str) for value in kept.values()):
        raise DemoError(f"{path} is damaged; put it back from a copy, or start with a new folder by setting DATA_DIR")
    return kept


def write(path: Path, values: dict[str, str]) -> None:
    """Write beside and rename, so that a kill or a full disk leaves the old file or the new one."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(values, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
