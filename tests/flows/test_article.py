"""docs/article.md: every flow and state that it names is there."""

import re
from pathlib import Path

import pytest

from flows import packaged

PAGE = (Path(__file__).parents[2] / "docs" / "article.md").read_text(encoding="utf-8")
ROWS = [line.split("|")[1:3] for line in PAGE.splitlines() if line.startswith("|")][2:]
FLOWS = packaged().flows


@pytest.mark.parametrize(("said", "where"), ROWS, ids=[said.strip()[:40] for said, _ in ROWS])
def test_each_paragraph_lives_somewhere(said, where):
    places = [re.findall(r"`([^`]+)`", place) for place in where.split(";")]
    assert said.strip()
    assert all(len(names) > 1 for names in places)
    assert [(flow, state) for flow, *states in places for state in states if state not in FLOWS[flow].states] == []


def test_the_whole_article_is_there():
    assert len(ROWS) == 20
    named = {re.findall(r"`([^`]+)`", place)[0] for _, where in ROWS for place in where.split(";")}
    assert named >= {"weekly-checkin", "longer", "about", "break", "timeoff", "talk", "learn", "events", "nudges"}
