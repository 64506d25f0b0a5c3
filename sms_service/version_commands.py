"""`sms-service flow publish` and `flow versions`: which flows people are asked with."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from flows import packaged
from sms_service import play_commands, plays, publishing, staff
from sms_service.command import note, with_runtime
from sms_service.runtime import Runtime
from sms_service.staff import StaffError

_SHOWN = 12
_BECAME = {
    "keep": "Open conversations keep their version to the end.",
    "move": "Open conversations that go on with the new version from their next text: {count}.",
    "close": "Open check-ins that close at the next tick, with the answers they have: {count}.",
}


def add_to(flow: Any) -> None:
    """Add the commands about versions to those of `flow`."""
    publish = flow.add_parser("publish", help="make changed flows current, for every conversation that begins")
    publish.add_argument(
        "folder", type=Path, nargs="?", help="your changed .yaml files; the packaged ones fill the rest"
    )
    publish.add_argument("--by", metavar="EMAIL", help="the account that publishes")
    publish.add_argument("--packaged", action="store_true", help="go back to this release's own flows")
    publish.add_argument(
        "--open",
        choices=publishing.CHOICES,
        default="keep",
        help="what open conversations do: keep their version, move to the new one, or close their check-in",
    )
    publish.add_argument("--anyway", action="store_true", help="publish although saved plays go otherwise than before")
    publish.set_defaults(run=_publish)
    flow.add_parser("versions", help="every version published, and how many are open on it").set_defaults(run=_versions)


def _publish(chosen: argparse.Namespace) -> int:
    if chosen.packaged == bool(chosen.folder):
        raise StaffError("say which folder to publish, or --packaged to go back to this release's own flows")
    library = packaged() if chosen.packaged else publishing.read_folder(chosen.folder)

    async def work(rt: Runtime) -> int:
        async with rt.begin() as (connection, now):
            by = None if chosen.packaged else await staff.find(connection, chosen.by or "")
            saved = await plays.load(connection)
            changed = play_commands.tell(saved, plays.all_again(saved, library)) if saved else 0
            if changed and not chosen.anyway:
                print("Nothing is published: look at what goes otherwise, then publish it --anyway if that is meant")
                return 1
            count = await publishing.publish(connection, library, by=by, open_ones=chosen.open, now=now)
            await note(rt, connection, "flows.published")
        print(f"Current: {library.digest[:_SHOWN]}. {_BECAME[chosen.open].format(count=count)}")
        return 0

    return with_runtime(work)


def _versions(_: argparse.Namespace) -> int:
    async def work(rt: Runtime) -> int:
        async with rt.begin() as (connection, _):
            found, count = await publishing.versions(connection), await publishing.open_on(connection)
        for one in found:
            mark, number = "current" if one.current else "", count.get(one.digest, 0)
            print(f"{one.digest[:_SHOWN]}  {one.created_at:%Y-%m-%d %H:%M}  {one.source:9}  {number:5} open  {mark}")
        return 0

    return with_runtime(work)
