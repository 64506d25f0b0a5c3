"""Valkey from the wheel: what it accepted it still has after a kill, and its password is no argument."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
import redis

from sms_service.demo.errors import DemoError
from sms_service.demo.valkey import Valkey


def test_what_it_accepted_survives_a_stop_and_a_start(folder: Path) -> None:
    with Valkey(folder / "va lkey", password="kept") as first, redis.Redis.from_url(first.url) as client:
        assert client.config_get("appendonly") == {"appendonly": "yes"}
        client.set("word", "still here")
    with Valkey(folder / "va lkey", password="kept") as second, redis.Redis.from_url(second.url) as client:
        assert client.get("word") == b"still here"


def test_it_asks_for_the_password(folder: Path) -> None:
    with Valkey(folder, password="right") as server:
        stranger = redis.Redis.from_url(server.url.replace("right", "wrong"))
        with stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()


def test_its_settings_are_for_its_owner_alone(folder: Path) -> None:
    with Valkey(folder, password="a-planted-password") as server:
        assert stat.S_IMODE((folder / "valkey.conf").stat().st_mode) == 0o600
        assert server.leashed is not None
        assert "planted" not in " ".join(server.leashed.child.command)


def test_a_port_that_is_taken_is_said(folder: Path) -> None:
    with Valkey(folder / "one") as first:
        second = Valkey(folder / "two", port=first.port)
        with pytest.raises(DemoError, match=f"Valkey cannot listen on port {first.port}: another program does"):
            second.start()


def test_a_start_that_fails_is_said_with_the_last_lines_of_the_log(folder: Path) -> None:
    (folder / "appendonlydir").touch()
    broken = Valkey(folder)
    with pytest.raises(DemoError, match=r"Valkey stopped while starting: .*append.*valkey\.log"):
        broken.start()
