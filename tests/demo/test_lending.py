"""The demo's settings lent to one command, as somebody types it in the demo's folder."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from sms_service import cli
from sms_service.demo import lending
from sms_service.runtime import Runtime
from tests import people
from tests.sms_service.served import variables


async def typed(folder: Path, *words: str) -> tuple[int | None, str, str]:
    """Run a command in this folder, with no settings of its own."""
    bare = {name: value for name, value in os.environ.items() if name not in lending.LENT}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sms_service.cli", *words),
        cwd=folder,
        env={**bare, "PYTHONPATH": str(Path(cli.__file__).parents[1])},
        stdout=PIPE,
        stderr=PIPE,
    )
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


async def test_a_command_is_run_against_the_demo_of_its_folder(rt: Runtime, tmp_path: Path) -> None:
    await people.program(rt)
    (tmp_path / ".demo").mkdir()
    lending.lend(tmp_path / ".demo", variables(rt.settings))
    assert (tmp_path / ".demo" / lending.FILE).stat().st_mode & 0o777 == 0o600
    code, out, _ = await typed(tmp_path, "demo", "run", "program", "schedule", "tide", "--preview", "--time", "9:30")
    assert code == 0
    assert "Every Thursday at 9:30 AM" in out
    code, _, err = await typed(tmp_path, "doctor")
    assert code == 1
    assert "DATABASE_URL: Field required" in err
    assert err.endswith(
        "A demo runs from this folder; for it, begin the command like this: sms-service demo run doctor\n"
    )


async def test_without_a_demo_the_way_to_one_is_said(tmp_path: Path) -> None:
    code, _, err = await typed(tmp_path, "demo", "run", "doctor")
    assert (code, err) == (
        1,
        f"no demo runs in {tmp_path / '.demo'}; start one with `make demo`, or set DATA_DIR to its folder\n",
    )
    code, _, err = await typed(tmp_path, "doctor")
    assert code == 1
    assert "demo" not in err


def test_a_command_has_to_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["demo", "run"])
    assert "COMMAND" in capsys.readouterr().err


def test_only_settings_are_lent_and_no_longer_than_the_demo_runs(tmp_path: Path) -> None:
    lending.lend(tmp_path, {"DATABASE_URL": "postgresql://x", "no_proxy": "localhost", "MY_OWN": "kept"})
    assert lending.lent(tmp_path) == {"DATABASE_URL": "postgresql://x", "no_proxy": "localhost"}
    lending.end(tmp_path)
    lending.end(tmp_path)
    assert lending.lent(tmp_path) is None
