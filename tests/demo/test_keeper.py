"""What ends by itself is started again, and the end of all comes in order."""

from __future__ import annotations

from pathlib import Path

from sms_service.demo.keeper import FIRST_DELAY, LONGEST_DELAY, Keeper
from sms_service.demo.process import Child
from tests.demo.conftest import Until

SLOW_END = "trap 'echo {name} >> ends; exit 0' TERM; echo x > {name}; while :; do sleep 0.02; done"


def child(folder: Path, name: str, script: str, stage: int = 2) -> Child:
    environment = {"PATH": "/bin:/usr/bin"}
    return Child(name, ("/bin/sh", "-c", script), environment, folder / f"{name}.log", folder, stage=stage)


def test_what_ends_is_said_and_started_again_after_a_growing_delay(folder: Path, until: Until) -> None:
    said: list[str] = []
    keeper = Keeper(said.append)
    keeper.start(child(folder, "brief", "exit 3"))
    delays, one = [], keeper.kept[0]
    now = one.since
    for _ in range(9):
        until(lambda: one.leashed.poll() is not None)
        keeper.look(now)
        assert one.due is not None
        delays.append(one.due - now)
        keeper.look(one.due - 0.01)
        assert one.due is not None, "started again before its time"
        now = one.due
        keeper.look(now)
    assert delays[:3] == [FIRST_DELAY, 2 * FIRST_DELAY, 4 * FIRST_DELAY]
    assert delays[-1] == LONGEST_DELAY
    assert said[0] == f"brief ended by itself (3); it starts again in 0.5 s (log: {folder / 'brief.log'})"
    keeper.stop()


def test_one_that_ran_well_for_long_starts_again_quickly(folder: Path, until: Until) -> None:
    keeper = Keeper(lambda line: None)
    keeper.start(child(folder, "brief", "exit 3"))
    one = keeper.kept[0]
    one.ends = 7
    until(lambda: one.leashed.poll() is not None)
    keeper.look(one.since + 3600)
    assert one.due == one.since + 3600 + FIRST_DELAY
    keeper.stop()


def test_the_servers_end_after_those_who_use_them(folder: Path, until: Until) -> None:
    keeper = Keeper(lambda line: None)
    for name, stage in (("postgres", 0), ("valkey", 1), ("web", 2)):
        keeper.start(child(folder, name, SLOW_END.format(name=name), stage))
    until(lambda: all((folder / name).exists() for name in ("postgres", "valkey", "web")))
    keeper.stop()
    assert (folder / "ends").read_text().split() == ["web", "valkey", "postgres"]
