"""`sms-service safety`: the drill, and the documents for another host."""

from __future__ import annotations

import argparse
from importlib import resources
from pathlib import Path
from typing import Any

from sms_service import drill
from sms_service.command import with_runtime
from sms_service.runtime import Runtime

_DOCUMENTS = ("sms-fallback.xml", "voice-fallback.xml")


def add_to(commands: Any) -> None:
    """Add `safety` and what it does."""
    made = commands.add_parser("safety", help="drills, and the fallback for another host").add_subparsers(required=True)
    run = made.add_parser("drill", help="what fifty people in a hard moment would receive; nothing is sent or kept")
    run.set_defaults(run=_drill)
    documents = made.add_parser("fallback", help="write the fallback's documents, to be served from another host")
    documents.add_argument("folder", type=Path)
    documents.set_defaults(run=_fallback)


def _drill(_: argparse.Namespace) -> int:
    async def work(rt: Runtime) -> int:
        live, away = await drill.live(rt), await drill.without_database(rt)
        for one, places in drill.alike([*live, *away]):
            print(f"\n> {one.text}   ({'; '.join(places)})")
            print("\n".join(f"< {said}" for said in one.said) or "nothing is said")
        missed = [one for one in (*live, *away) if not one.helps]
        print(f"\n{len(live)} answers by the live configuration, {len(away)} with the database away")
        for one in missed:
            print(f"not heard as serious: {one.text}   ({one.where})")
        print(f"{len(missed)} were not heard" if missed else "each was heard, and names 988 or 911")
        if not live:
            print("there is no program yet; `sms-service program add` makes one")
        return 1 if missed or not live else 0

    return with_runtime(work)


def _fallback(chosen: argparse.Namespace) -> int:
    chosen.folder.mkdir(parents=True, exist_ok=True)
    for name in _DOCUMENTS:
        document = (resources.files("sms_service.twilio") / name).read_text(encoding="utf-8")
        (chosen.folder / name).write_text(document, encoding="utf-8")
        print(f"{chosen.folder / name}: serve it as text/xml, and name its address in Twilio's fallback setting")
    return 0
