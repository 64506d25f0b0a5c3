"""A port that is given is given once, though nothing listens on it yet."""

from __future__ import annotations

import pytest

from sms_service.demo import ports
from sms_service.demo.errors import DemoError
from tests.ports import free_port


@pytest.fixture
def two_left(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """A machine with two ports to look for."""
    first = next(p for p in iter(free_port, None) if ports.is_free(p + 1))
    monkeypatch.setattr(ports, "_FIRST", first)
    monkeypatch.setattr(ports, "_LAST", first + 2)
    monkeypatch.setattr(ports, "_spoken_for", set())  # by other tests of this process
    return {first, first + 1}


def test_no_port_is_given_twice(two_left: set[int]) -> None:
    assert {ports.free_port(), ports.free_port()} == two_left
    with pytest.raises(DemoError, match="no free port found"):
        ports.free_port()


def test_a_port_that_was_chosen_by_name_is_not_given(two_left: set[int]) -> None:
    for chosen in two_left:
        ports.must_be_free("PORT", chosen)
    with pytest.raises(DemoError, match="no free port found"):
        ports.free_port()
