"""The drill: every one of fifty people is told where a person answers, with the database and without it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from sms_service import cli, drill
from sms_service.runtime import Runtime
from tests import people
from tests.sms_service.served import variables
from tests.sms_service.test_commands import run


def test_there_are_fifty_texts_half_of_them_in_spanish() -> None:
    assert Counter(one["language"] for one in drill.texts()) == {"en": 25, "es": 25}


async def test_everybody_is_told_where_a_person_answers(rt: Runtime) -> None:
    await people.program(rt)
    found = await drill.live(rt)
    assert len(found) == 50 * len(drill.CONTACTS)
    assert [one.text for one in found if not one.helps] == []


async def test_nothing_of_a_drill_is_kept(rt: Runtime) -> None:
    await people.program(rt)
    await drill.live(rt)
    for table in ("participants", "messages", "outbox", "conversations"):
        assert await people.one(rt, f"select count(*) from {table}") == 0  # noqa: S608


async def test_with_the_database_away_the_fallback_answers_in_both_languages(rt: Runtime) -> None:
    found = await drill.without_database(rt)
    assert len(found) == 50
    assert {len(one.said) for one in found} == {2}
    assert [one.text for one in found if not one.helps] == []


async def test_the_command_prints_what_each_would_receive(
    rt: Runtime, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in variables(rt.settings).items():
        monkeypatch.setenv(name, value)
    assert await run("safety", "drill") == 1
    assert "there is no program yet" in capsys.readouterr().out
    await people.program(rt)
    assert await run("safety", "drill") == 0
    said = capsys.readouterr().out
    assert "> I want to kill myself" in said
    assert said.endswith("each was heard, and names 988 or 911\n")


def test_the_fallback_can_be_taken_to_another_host(tmp_path: Path) -> None:
    assert cli.main(["safety", "fallback", str(tmp_path)]) == 0
    assert "988" in (tmp_path / "sms-fallback.xml").read_text()
    assert "<Say" in (tmp_path / "voice-fallback.xml").read_text()
