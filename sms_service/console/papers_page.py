"""The papers that get a program started: the list of them, and each as a page to print."""

from __future__ import annotations

from starlette.responses import Response

from sms_service import markdown, papers
from sms_service.console.door import Page
from sms_service.console.sessions import READERS
from sms_service.console.visit import Visit
from sms_service.html import MissingPageError

ADDRESS = "/console/programs/{slug}/papers"


async def listing(visit: Visit) -> Response:
    """Return the list, and what each paper is for."""
    program = await visit.program()
    say = visit.say
    purposes = {
        "charter": (
            say("Charter"),
            say("What leadership and whoever runs it promise everybody; to be signed"),
        ),
        "leadership": (say("One page for leadership"), say("What it is, what they get and never get")),
        "huddle": (say("Huddle script"), say("Two minutes to read aloud to a team")),
        "email": (say("E-mail to staff"), say("To copy into a mail of your own")),
        "questions": (say("Questions and answers"), say("What people ask before they join")),
        "support-lead": (
            say("Guide for support leads"),
            say("How a call goes, and what is never promised"),
        ),
        "record": (
            say("Record of the system"),
            say("For counsel, by Virginia's data act; to be filled in"),
        ),
    }
    rows = [(name, *purposes[name]) for name in papers.NAMES]
    return visit.show("launch_papers.html", program=program, rows=rows, root=f"/console/programs/{program.slug}/papers")


async def one(visit: Visit) -> Response:
    """Return a paper, in the language of `?in=`, else in the visitor's."""
    program = await visit.program()
    name = visit.request.path_params["paper"]
    if name not in papers.NAMES:
        raise MissingPageError(visit.request.url.path)
    asked = visit.request.query_params.get("in", "")
    language = asked if asked in papers.LANGUAGES else visit.language
    paper = papers.paper(program, visit.rt.settings.public_url, name, language)
    return visit.show(
        "launch_paper.html",
        program=program,
        paper=paper,
        title=markdown.line(paper.title),
        body=markdown.html(paper.body),
        root=f"/console/programs/{program.slug}/papers",
    )


PAGES = (
    Page(ADDRESS, "GET", listing, READERS),
    Page(ADDRESS + "/{paper}", "GET", one, READERS),
)
