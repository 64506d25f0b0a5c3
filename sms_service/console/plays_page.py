"""The saved plays: what there is, how each goes with the current version, and keeping or removing one."""

from __future__ import annotations

import asyncio
from uuid import UUID

from starlette.responses import RedirectResponse, Response

from sms_service import library, plays
from sms_service.console import flows_page, forms
from sms_service.console.door import Page
from sms_service.console.flows_page import ADDRESS
from sms_service.console.play_page import file_name, script
from sms_service.console.sessions import EDITORS, READERS
from sms_service.console.visit import Visit
from sms_service.html import MissingPageError
from sms_service.plays import Saved

PLAYS = ADDRESS + "/plays"


async def listing(visit: Visit) -> Response:
    """Return the saved plays; with `again` in the address, each played again with the current version."""
    saved = await plays.load(visit.connection)
    known = await library.current(visit.connection)
    played = "again" in visit.request.query_params
    # In a thread, so that whoever texts meanwhile is not kept waiting by a long list.
    outcomes = await asyncio.to_thread(plays.all_again, saved, known) if played else {}
    rows = [(one, outcomes.get(one.id)) for one in saved]
    rows.sort(key=lambda row: row[1] is not None and row[1].verdict == "same")
    changed = sum(outcome.verdict != "same" for outcome in outcomes.values())
    return visit.show(
        "flow_plays.html",
        rows=rows,
        played=played,
        changed=changed,
        version=known.digest[:12],
        may_play=flows_page.may_play(visit),
        removed="removed" in visit.request.query_params,
    )


async def one(visit: Visit) -> Response:
    """Return one saved play and how it goes now."""
    return await _page(visit, await _find(visit))


async def transcript(visit: Visit) -> Response:
    """Return a saved play as a file."""
    play = await _find(visit)
    return flows_page.attachment(play.transcript, f"{file_name(play.name)}.txt", "text/plain")


async def keep(visit: Visit, form: forms.Form) -> Response:
    """Expect of a play from now on what is said today. Another version than the one that was shown is not kept."""
    play, known = await _find(visit), await library.current(visit.connection)
    seen = form.get("version") == known.digest
    by, now = visit.session.staff_id, visit.rt.real()
    if not seen or not await plays.keep_as_now(visit.connection, known, play, by=by, now=now):
        return await _page(visit, play, conflict=True)
    await visit.note("play.kept", about=str(play.id))
    return RedirectResponse(f"{PLAYS}/{play.id}?kept=1", 303)


async def remove(visit: Visit, form: forms.Form) -> Response:
    """Take a saved play away, if whoever asks has typed that they mean it."""
    play = await _find(visit)
    if form.get("sure", "").strip().casefold() != visit.say("remove"):
        return await _page(visit, play, unsure=True)
    await plays.remove(visit.connection, play.id)
    await visit.note("play.removed", about=str(play.id))
    return RedirectResponse(f"{PLAYS}?removed=1", 303)


async def _page(visit: Visit, play: Saved, *, conflict: bool = False, unsure: bool = False) -> Response:
    known = await library.current(visit.connection)
    query = visit.request.query_params
    status = 409 if conflict else 422 if unsure else 200
    return visit.show(
        "flow_saved.html",
        status=status,
        play=play,
        outcome=plays.again(play.transcript, known),
        version=known.digest,
        goes_on=play.flow in known.flows,
        script=script(plays.steps(play.transcript)),
        may_play=flows_page.may_play(visit),
        conflict=conflict,
        unsure=unsure,
        news=next((one for one in ("saved", "kept") if one in query), ""),
    )


async def _find(visit: Visit) -> Saved:
    try:
        found = await plays.find(visit.connection, UUID(visit.request.path_params["play"]))
    except ValueError:
        found = None
    if found is None:
        raise MissingPageError(visit.request.url.path)
    return found


PAGES = (
    Page(PLAYS, "GET", listing, READERS),
    Page(PLAYS + "/{play}", "GET", one, READERS),
    Page(PLAYS + "/{play}/transcript", "GET", transcript, READERS),
    Page(PLAYS + "/{play}/keep", "POST", keep, EDITORS),
    Page(PLAYS + "/{play}/remove", "POST", remove, EDITORS),
)
