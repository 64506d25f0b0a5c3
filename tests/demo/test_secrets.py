"""The demo's secrets are made once and are nobody else's."""

from __future__ import annotations

import json
import stat
from dataclasses import asdict
from pathlib import Path

import pytest

from sms_service.demo import secrets
from sms_service.demo.errors import DemoError


def test_they_are_made_once_and_only_their_owner_can_read_them(folder: Path) -> None:
    first = secrets.load(folder)
    assert secrets.load(folder) == first
    assert stat.S_IMODE((folder / secrets.FILE).stat().st_mode) == 0o600
    assert len(first.secret_key) >= 32
    assert len(first.coordinator_password) >= 12
    assert first.twilio_account_sid.startswith("AC")
    assert len(first.twilio_account_sid) == 34


def test_two_folders_share_none(folder: Path, tmp_path: Path) -> None:
    assert not set(asdict(secrets.load(folder)).values()) & set(asdict(secrets.load(tmp_path)).values())


def test_a_file_that_others_could_read_is_closed_again(folder: Path) -> None:
    secrets.load(folder)
    (folder / secrets.FILE).chmod(0o644)
    secrets.load(folder)
    assert stat.S_IMODE((folder / secrets.FILE).stat().st_mode) == 0o600


def test_one_that_is_missing_is_added_to_the_others(folder: Path) -> None:
    first = asdict(secrets.load(folder))
    del first["valkey_password"]
    (folder / secrets.FILE).write_text(json.dumps(first))
    again = asdict(secrets.load(folder))
    assert again.pop("valkey_password")
    assert again == first


@pytest.mark.parametrize("damage", ["{", "[]", '{"secret_key": 1}'])
def test_a_damaged_file_is_said_and_kept(folder: Path, damage: str) -> None:
    (folder / secrets.FILE).write_text(damage)
    with pytest.raises(DemoError, match=r"secrets\.json is damaged"):
        secrets.load(folder)
    assert (folder / secrets.FILE).read_text() == damage
