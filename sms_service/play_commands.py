"""`sms-service flow plays`: the plays that staff saved, played again with the current flows or with a folder's."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from sms_service import library, plays
from sms_service.command import with_runtime
from sms_service.plays import Outcome, Saved
from sms_service.publishing import read_folder
from sms_service.runtime import Runtime


def add_to(flow: Any) -> None:
    """Add the command to those of `flow`."""
    words = "play every saved play again, and say which no longer goes as it was saved"
    saved = flow.add_parser("plays", help=words, description=words)
    saved.add_argument("--flows", type=Path, metavar="FOLDER", help="with these, before they are published")
    saved.set_defaults(run=_plays)


def _plays(chosen: argparse.Namespace) -> int:
    folder = read_folder(chosen.flows) if chosen.flows else None

    async def work(rt: Runtime) -> int:
        async with rt.begin() as (connection, _):
            saved = await plays.load(connection)
            version = folder or await library.current(connection)
        return 1 if tell(saved, plays.all_again(saved, version)) else 0

    return with_runtime(work)


def tell(saved: Sequence[Saved], outcomes: Mapping[UUID, Outcome]) -> int:
    """Print which plays no longer go as they were saved, and how; return how many."""
    for one in saved:
        _tell(one, outcomes[one.id])
    changed = sum(outcome.verdict != "same" for outcome in outcomes.values())
    print(f"{len(saved) - changed} of {len(saved)} saved plays go as they were saved")
    return changed


def _tell(play: Saved, outcome: Outcome) -> None:
    if outcome.verdict == "same":
        return
    print(f"{play.name} ({play.flow}): {outcome.fault or 'differs'}")
    for sign, words in outcome.lines:
        if sign != " ":
            print(f"  {sign} {words}")
