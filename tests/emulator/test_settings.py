"""The environment, and the program that reads it."""

import os
import subprocess
import sys

import pytest

from sms_service.emulator import Settings, SettingsError

NEEDED = {"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "t"}


def test_two_variables_are_enough():
    settings = Settings.from_environment(NEEDED)
    assert settings.sms_url == "http://127.0.0.1:8000/twilio/sms#rc=2&rp=5xx,ct,rt"
    assert settings.sms_fallback_url == "http://127.0.0.1:8000/twilio/sms/fallback"
    assert (settings.voice_url, settings.voice_fallback_url) == (
        "http://127.0.0.1:8000/twilio/voice",
        "http://127.0.0.1:8000/twilio/voice/fallback",
    )
    assert (settings.host, settings.port, settings.opt_out, settings.clock_url) == ("127.0.0.1", 8001, "ours", None)
    assert settings.numbers == ("+17575550100",)


def test_every_variable_is_read():
    settings = Settings.from_environment(
        NEEDED
        | {
            "SERVICE_URL": "https://practice.test/",
            "SERVICE_NUMBERS": "+17575550100, +17575550101",
            "OPT_OUT_MODE": "twilio",
            "OPT_OUT_TYPE": "yes",
            "CLOCK_URL": "http://127.0.0.1:8002/clock",
            "JOIN_HINT": "HOPE",
            "EMULATOR_HOST": "0.0.0.0",  # noqa: S104 -- only read, not listened on
            "EMULATOR_PORT": "9001",
        }
    )
    assert settings == Settings(
        account_sid="AC1",
        auth_token="t",
        service_url="https://practice.test",
        numbers=("+17575550100", "+17575550101"),
        opt_out="twilio",
        opt_out_type=True,
        clock_url="http://127.0.0.1:8002/clock",
        join_hint="HOPE",
        host="0.0.0.0",  # noqa: S104
        port=9001,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TWILIO_ACCOUNT_SID", " "),
        ("TWILIO_AUTH_TOKEN", ""),
        ("SERVICE_URL", "practice.test"),
        ("SERVICE_NUMBERS", "555"),
        ("SERVICE_NUMBERS", ","),
        ("OPT_OUT_MODE", "theirs"),
        ("OPT_OUT_TYPE", "perhaps"),
        ("CLOCK_URL", "clock"),
        ("EMULATOR_PORT", "many"),
        ("EMULATOR_PORT", "70000"),
    ],
)
def test_a_bad_variable_is_named(name, value):
    with pytest.raises(SettingsError, match=name):
        Settings.from_environment(NEEDED | {name: value})


def test_the_token_is_not_shown():
    assert "secret-token" not in repr(Settings(account_sid="AC1", auth_token="secret-token"))


def test_the_program_says_what_is_missing_and_ends():
    environ = {name: value for name, value in os.environ.items() if not name.startswith("TWILIO_")}
    run = subprocess.run(
        [sys.executable, "-m", "sms_service.emulator"], env=environ, capture_output=True, text=True, timeout=30
    )
    assert (run.returncode, run.stderr.split()[1]) == (2, "TWILIO_ACCOUNT_SID")
