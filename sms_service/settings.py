"""Settings from the environment: one class, one line of help each.

`.env.example` lists every one of them, and a test compares the two.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

TWILIO = "https://api.twilio.com"


class SettingsError(ValueError):
    """A setting that is missing or cannot be used, said in one line."""


class Settings(BaseSettings):
    """What a deployment must say about itself. Nothing here turns signatures, consent or encryption off."""

    model_config = SettingsConfigDict(env_prefix="", extra="ignore", hide_input_in_errors=True)

    database_url: str = Field(
        repr=False, description="PostgreSQL 15 or later: postgresql+asyncpg://user:password@host/name"
    )
    redis_url: str = Field(
        repr=False, description="Redis or Valkey, for the job queues and the pace of senders: redis://host:6379/0"
    )
    public_url: str = Field(
        description="The address Twilio reaches us at, as Twilio has it; signatures are checked over it"
    )
    secret_key: Annotated[tuple[str, ...], NoDecode] = Field(
        repr=False, description="One or more secrets of 32 characters or more, newest first, with commas between"
    )
    twilio_account_sid: str = Field(
        pattern="^AC[0-9a-fA-F]{32}$", description="The account's sid, AC and 32 hexadecimal digits"
    )
    twilio_auth_token: str = Field(
        min_length=16, repr=False, description="The account's primary auth token; signatures are made with it"
    )
    twilio_api_url: str = Field(default=TWILIO, description="Twilio's API, or a stand-in for it")
    fallback_url: str = Field(
        default="", description="Where a copy of the fallback document answers, on another host than PUBLIC_URL's"
    )
    heartbeat_url: str = Field(
        default="",
        repr=False,
        description="An address asked after each minute's tick, of a service that notices silence",
    )
    smtp_url: str = Field(
        default="",
        repr=False,
        description="A mail server for invitations and resets: smtp://user:password@host:587, or smtps://",
    )
    mail_from: str = Field(default="", description="The address those letters come from; set where SMTP_URL is")
    segment_price: str = Field(
        default="",
        pattern=r"^(\d{1,3}(\.\d{1,6})? [A-Z]{3})?$",
        description="What a segment costs with its currency, such as 0.0083 USD; empty: no cost is estimated",
    )
    host: str = Field(default="127.0.0.1", description="The address that `serve` listens on")
    port: int = Field(default=8000, ge=1, le=65535, description="The port that `serve` listens on")

    @field_validator("secret_key", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("secret_key")
    @classmethod
    def _long(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value or any(len(part) < 32 for part in value):
            raise ValueError("each secret needs 32 characters or more; `openssl rand -base64 32` makes one")
        return value

    @field_validator("database_url")
    @classmethod
    def _asyncpg(cls, value: str) -> str:
        scheme, mark, rest = value.partition("://")
        if scheme not in {"postgresql", "postgres", "postgresql+asyncpg"} or not mark:
            raise ValueError("starts with postgresql://; no other database is supported")
        asyncpg = f"postgresql+asyncpg://{rest}"
        try:
            options = make_url(asyncpg).query
        except (ArgumentError, ValueError):
            raise ValueError("cannot be read; write @ : / and # in a password as %40 %3A %2F and %23") from None
        if "sslmode" in options:
            raise ValueError("write ?ssl=require and not ?sslmode=require; the driver is asyncpg")
        return asyncpg

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, value: str) -> str:
        if not value.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("starts with redis:// or rediss://")
        return value

    @field_validator("public_url", "twilio_api_url")
    @classmethod
    def _origin(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.netloc or parts.query or parts.fragment:
            raise ValueError("is an address such as https://checkin.example.org")
        return value.rstrip("/")

    @field_validator("heartbeat_url")
    @classmethod
    def _address(cls, value: str) -> str:
        try:
            parts = urlsplit(value)
            good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        except ValueError:
            good = False
        if value and not good:
            raise ValueError("is an address such as https://pulse.example.org/a-path, or empty")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _mail_server(cls, value: str) -> str:
        try:
            parts = urlsplit(value)
            good = parts.scheme in {"smtp", "smtps"} and bool(parts.hostname) and parts.port != 0
        except ValueError:
            good = False
        if value and not good:
            raise ValueError("is an address such as smtp://user:password@mail.example.org:587, or empty")
        return value

    @field_validator("mail_from")
    @classmethod
    def _sender(cls, value: str) -> str:
        name, mark, host = value.partition("@")
        if value and not (name and mark and host and value.isascii() and not any(c.isspace() for c in value)):
            raise ValueError("is an address such as checkin@example.org")
        return value

    @model_validator(mode="after")
    def _both(self) -> Settings:
        if bool(self.smtp_url) != bool(self.mail_from):
            raise ValueError("SMTP_URL and MAIL_FROM are set together or not at all")
        return self

    @property
    def speaks_to_twilio(self) -> bool:
        """Whether messages reach real phones, so that a moved clock is refused."""
        return urlsplit(self.twilio_api_url).hostname == urlsplit(TWILIO).hostname


@cache
def load() -> Settings:
    """Read the environment once. Raise SettingsError naming each setting and what is wrong, never its value."""
    try:
        return Settings()  # type: ignore[call-arg]  # pydantic fills it from the environment
    except ValidationError as error:
        faults = [
            ": ".join(filter(None, [".".join(map(str, e["loc"])).upper(), e["msg"].removeprefix("Value error, ")]))
            for e in error.errors()
        ]
        raise SettingsError("; ".join(faults) + " (see .env.example)") from None
