"""The door to the calendar: open to this machine's programs, shut to everybody else and to browsers' tricks."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from sms_service.demo.clock_door import ClockDoor
from tests.ports import free_port


def move(to: str) -> dict[str, str]:
    if to == "yesterday":
        raise ValueError("the calendar only goes forward")
    if to == "bug":
        raise RuntimeError("with a planted secret")
    return {"moved": to}


@pytest.fixture
def clock() -> Iterator[httpx.Client]:
    port = free_port()
    door = ClockDoor(port, move)
    door.open()
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        yield client
    door.close()


def test_it_moves_and_says_where_to(clock: httpx.Client) -> None:
    answer = clock.post("/clock", json={"to": "next"})
    assert (answer.status_code, answer.json()) == (200, {"moved": "next"})


def test_a_place_it_cannot_go_to_is_said(clock: httpx.Client) -> None:
    answer = clock.post("/clock", json={"to": "yesterday"})
    assert (answer.status_code, answer.json()) == (400, {"error": "the calendar only goes forward"})


def test_a_fault_inside_is_logged_and_not_told(clock: httpx.Client, caplog: pytest.LogCaptureFixture) -> None:
    answer = clock.post("/clock", json={"to": "bug"})
    assert answer.status_code == 500
    assert "planted" not in answer.text
    assert "the calendar was not moved" in caplog.text


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8002", "127.0.0.1.evil.example", "[::1", ""])
def test_a_name_that_is_not_this_machine_is_refused(clock: httpx.Client, host: str) -> None:
    answer = clock.post("/clock", json={"to": "next"}, headers={"Host": host})
    assert answer.status_code == 403


def test_a_form_of_some_web_page_is_refused(clock: httpx.Client) -> None:
    answer = clock.post("/clock", content='{"to": "next"}', headers={"Content-Type": "text/plain"})
    assert answer.status_code == 415


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"to": 3}', b'{"to": ""}', b"\xff", b"x" * 5000])
def test_a_body_that_says_nothing_is_refused(clock: httpx.Client, body: bytes) -> None:
    answer = clock.post("/clock", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400


def test_other_paths_and_methods_are_refused_in_json(clock: httpx.Client) -> None:
    assert clock.post("/other", json={"to": "next"}).status_code == 404
    assert "error" in clock.get("/clock").json()
