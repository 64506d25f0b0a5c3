"""Settings: each fault is said in one line that names the variable and never shows its value."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sms_service.settings import Settings, SettingsError, load

GOOD = {
    "DATABASE_URL": "postgresql://sms:hidden-password@db.test/sms",
    "REDIS_URL": "redis://:hidden-password@queue.test:6379/0",
    "PUBLIC_URL": "https://checkin.test/",
    "SECRET_KEY": "a-hidden-secret-of-32-characters-x, another-hidden-secret-of-32-chars",
    "TWILIO_ACCOUNT_SID": "AC" + "0a" * 16,
    "TWILIO_AUTH_TOKEN": "hidden-auth-token-of-the-account",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    load.cache_clear()
    yield monkeypatch
    load.cache_clear()


def test_what_is_set_is_read(environment: pytest.MonkeyPatch) -> None:
    settings = load()
    assert settings.database_url == "postgresql+asyncpg://sms:hidden-password@db.test/sms"
    assert settings.public_url == "https://checkin.test"
    assert settings.secret_key == ("a-hidden-secret-of-32-characters-x", "another-hidden-secret-of-32-chars")
    assert (settings.host, settings.port, settings.twilio_api_url) == ("127.0.0.1", 8000, "https://api.twilio.com")


def test_nothing_that_is_secret_is_shown(environment: pytest.MonkeyPatch) -> None:
    settings = load()
    assert "hidden" not in f"{settings!r} {settings}"


@pytest.mark.parametrize("name", GOOD)
def test_what_is_missing_is_named(environment: pytest.MonkeyPatch, name: str) -> None:
    environment.delenv(name)
    with pytest.raises(SettingsError, match=rf"^{name}: Field required \(see \.env\.example\)$"):
        load()


@pytest.mark.parametrize(
    ("name", "value", "way_out"),
    [
        ("DATABASE_URL", "mysql://sms:planted@db.test/sms", "starts with postgresql://"),
        ("DATABASE_URL", "planted", "starts with postgresql://"),
        ("DATABASE_URL", "postgresql://sms:pl:anted/@db.test:planted/sms", "write @ : / and # in a password as %40"),
        ("DATABASE_URL", "postgresql://sms:planted@db.test/sms?sslmode=require", "?ssl=require"),
        ("REDIS_URL", "planted:6379", "starts with redis://"),
        ("HEARTBEAT_URL", "http://[::1/planted", "such as https://pulse.example.org"),
        ("HEARTBEAT_URL", "planted.test/path", "such as https://pulse.example.org"),
        ("HEARTBEAT_URL", "https://pulse.test:planted/", "such as https://pulse.example.org"),
        ("PUBLIC_URL", "planted.test", "such as https://checkin.example.org"),
        ("PUBLIC_URL", "https://planted.test/?x=1", "such as https://checkin.example.org"),
        ("TWILIO_API_URL", "planted", "is an address"),
        ("SECRET_KEY", "planted", "32 characters or more"),
        ("SECRET_KEY", "a-hidden-secret-of-32-characters-x,planted", "32 characters or more"),
        ("SECRET_KEY", " , ", "32 characters or more"),
        ("TWILIO_ACCOUNT_SID", "planted", "AC"),
        ("TWILIO_AUTH_TOKEN", "planted", "16 characters"),
        ("TWILIO_AUTH_TOKEN", "", "16 characters"),
        ("PORT", "planted", "valid integer"),
        ("PORT", "65536", "less than or equal to 65535"),
    ],
)
def test_what_cannot_be_used_is_named_with_the_way_out_and_not_shown(
    environment: pytest.MonkeyPatch, name: str, value: str, way_out: str
) -> None:
    environment.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        load()
    said = str(refused.value)
    assert said.startswith(f"{name}: ")
    assert way_out in said
    assert "planted" not in said
    assert "\n" not in said
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_every_fault_is_said_at_once(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("REDIS_URL")
    environment.setenv("SECRET_KEY", "planted")
    with pytest.raises(SettingsError, match=r"^REDIS_URL: .*; SECRET_KEY: .*$"):
        load()


@pytest.mark.parametrize(
    ("url", "real"),
    [("https://api.twilio.com/", True), ("https://API.twilio.com", True), ("http://127.0.0.1:8001", False)],
)
def test_it_is_known_whether_real_phones_are_reached(environment: pytest.MonkeyPatch, url: str, real: bool) -> None:
    environment.setenv("TWILIO_API_URL", url)
    assert load().speaks_to_twilio is real


def test_every_setting_is_described() -> None:
    assert all(field.description for field in Settings.model_fields.values())
