"""What holds the project together: who may import whom, who may enter where, and that the papers say what the code
does.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi.routing import iter_route_contexts
from rq.utils import import_attribute

from sms_service.app import create_app
from sms_service.runtime import Runtime
from sms_service.settings import Settings
from tests.conftest import LONG, SID
from workers import jobs

ROOT = Path(__file__).parents[1]
ROOMS = ("flows", "sms_service", "workers")
FOR_COMPOSE = {"POSTGRES_PASSWORD", "POSTGRES_BUFFERS"}
"""What .env.example has beside the settings: docker-compose.yml asks for it."""

TWILIO, ANYBODY, INSIDE, STAFF = "Twilio, by its signature", "anybody", "this network", "staff"
DOORS = {
    ("POST", "/twilio/sms"): TWILIO,
    ("POST", "/twilio/sms/fallback"): TWILIO,
    ("POST", "/twilio/status"): TWILIO,
    ("POST", "/twilio/voice"): TWILIO,
    ("POST", "/twilio/voice/answer"): TWILIO,
    ("POST", "/twilio/voice/fallback"): TWILIO,
    ("POST", "/twilio/voice/status"): TWILIO,
    ("GET", "/healthz"): ANYBODY,
    ("GET", "/readyz"): ANYBODY,
    ("GET", "/metrics"): INSIDE,
    ("GET", "/"): ANYBODY,
    ("GET", "/p/{slug}"): ANYBODY,
    ("GET", "/p/{slug}/join"): ANYBODY,
    ("POST", "/p/{slug}/join"): ANYBODY,
    ("GET", "/r/help"): ANYBODY,
    ("GET", "/h/{slug}"): ANYBODY,
    ("GET", "/r/break"): ANYBODY,
    ("GET", "/r/therapists"): ANYBODY,
    ("GET", "/r/learn"): ANYBODY,
    ("GET", "/r/learn/{slug}"): ANYBODY,
    ("GET", "/r/go/{id}/{n}"): ANYBODY,
    ("GET", "/r/{id}"): ANYBODY,
    ("GET", "/style/{digest}/{name}"): ANYBODY,
    ("GET", "/console"): STAFF,
    ("GET", "/console/sign-in"): ANYBODY,
    ("POST", "/console/sign-in"): ANYBODY,
    ("POST", "/console/sign-out"): STAFF,
    ("GET", "/console/today"): STAFF,
    ("GET", "/console/people"): STAFF,
    ("POST", "/console/people"): STAFF,
    ("GET", "/console/why"): STAFF,
    ("POST", "/console/why"): STAFF,
    ("GET", "/console/forgotten"): ANYBODY,
    ("POST", "/console/forgotten"): ANYBODY,
    ("GET", "/console/link/{token}"): ANYBODY,
    ("POST", "/console/link/{token}"): ANYBODY,
    ("GET", "/console/me"): STAFF,
    ("POST", "/console/me"): STAFF,
    ("POST", "/console/me/password"): STAFF,
    ("POST", "/console/me/codes"): STAFF,
    ("POST", "/console/me/sessions"): STAFF,
    ("POST", "/console/me/factor"): STAFF,
    ("POST", "/console/me/factor/confirm"): STAFF,
    ("GET", "/console/staff"): STAFF,
    ("GET", "/console/staff/invite"): STAFF,
    ("POST", "/console/staff/invite"): STAFF,
    ("GET", "/console/staff/{staff}"): STAFF,
    ("POST", "/console/staff/{staff}/role"): STAFF,
    ("POST", "/console/staff/{staff}/close"): STAFF,
    ("POST", "/console/staff/{staff}/open"): STAFF,
    ("POST", "/console/staff/{staff}/link"): STAFF,
    ("GET", "/console/audit"): STAFF,
    ("GET", "/console/audit.csv"): STAFF,
    ("GET", "/console/programs"): STAFF,
    ("GET", "/console/programs/{slug}"): STAFF,
    ("GET", "/console/programs/new"): STAFF,
    ("POST", "/console/programs/new"): STAFF,
    ("GET", "/console/programs/{slug}/schedule"): STAFF,
    ("POST", "/console/programs/{slug}/schedule"): STAFF,
    ("GET", "/console/programs/{slug}/settings"): STAFF,
    ("POST", "/console/programs/{slug}/settings"): STAFF,
    ("POST", "/console/programs/{slug}/settings/proposed"): STAFF,
    ("GET", "/console/programs/{slug}/identity"): STAFF,
    ("POST", "/console/programs/{slug}/identity"): STAFF,
    ("GET", "/console/programs/{slug}/remove"): STAFF,
    ("POST", "/console/programs/{slug}/remove"): STAFF,
    ("GET", "/console/programs/{slug}/pause"): STAFF,
    ("POST", "/console/programs/{slug}/pause"): STAFF,
    ("GET", "/console/programs/{slug}/versions"): STAFF,
    ("POST", "/console/programs/{slug}/versions"): STAFF,
    ("GET", "/console/programs/{slug}/go-live"): STAFF,
    ("POST", "/console/programs/{slug}/go-live"): STAFF,
    ("POST", "/console/programs/{slug}/go-live/test-text"): STAFF,
    ("POST", "/console/programs/{slug}/go-live/begin"): STAFF,
    ("GET", "/console/programs/{slug}/joining"): STAFF,
    ("GET", "/console/programs/{slug}/import"): STAFF,
    ("POST", "/console/programs/{slug}/import"): STAFF,
    ("GET", "/console/programs/{slug}/joining/poster"): STAFF,
    ("GET", "/console/programs/{slug}/joining/cards"): STAFF,
    ("GET", "/console/programs/{slug}/joining/email"): STAFF,
    ("GET", "/console/flows"): STAFF,
    ("GET", "/console/flows/texts"): STAFF,
    ("GET", "/console/flows/plays"): STAFF,
    ("GET", "/console/flows/plays/{play}"): STAFF,
    ("GET", "/console/flows/plays/{play}/transcript"): STAFF,
    ("POST", "/console/flows/plays/{play}/keep"): STAFF,
    ("POST", "/console/flows/plays/{play}/remove"): STAFF,
    ("GET", "/console/flows/{name}"): STAFF,
    ("GET", "/console/flows/{name}/picture"): STAFF,
    ("GET", "/console/flows/{name}/play"): STAFF,
    ("POST", "/console/flows/{name}/play"): STAFF,
    ("POST", "/console/flows/{name}/save"): STAFF,
    ("POST", "/console/flows/{name}/transcript"): STAFF,
    ("GET", "/console/programs/{slug}/learning"): STAFF,
    ("GET", "/console/programs/{slug}/learning/calendar"): STAFF,
    ("POST", "/console/programs/{slug}/learning/calendar"): STAFF,
    ("GET", "/console/programs/{slug}/learning/events/{event}"): STAFF,
    ("POST", "/console/programs/{slug}/learning/events/{event}"): STAFF,
    ("POST", "/console/programs/{slug}/learning/events/{event}/remove"): STAFF,
    ("GET", "/console/programs/{slug}/learning/videos/{video}"): STAFF,
    ("POST", "/console/programs/{slug}/learning/videos/{video}"): STAFF,
    ("POST", "/console/programs/{slug}/learning/videos/{video}/remove"): STAFF,
    ("GET", "/console/programs/{slug}/papers"): STAFF,
    ("GET", "/console/programs/{slug}/papers/{paper}"): STAFF,
    ("GET", "/console/resources"): STAFF,
    ("GET", "/console/resources/new"): STAFF,
    ("POST", "/console/resources/new"): STAFF,
    ("GET", "/console/resources/{resource}"): STAFF,
    ("POST", "/console/resources/{resource}"): STAFF,
    ("POST", "/console/resources/{resource}/remove"): STAFF,
    ("GET", "/console/calls"): STAFF,
    ("GET", "/console/calls/{call}"): STAFF,
    ("POST", "/console/calls/{call}/take"): STAFF,
    ("POST", "/console/calls/{call}/close"): STAFF,
}
"""Every address of the web process and who may enter. HEAD goes where GET goes."""

_PAPERS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
_MAY_IMPORT = {
    *("__future__", "collections", "dataclasses", "datetime", "functools", "hashlib", "importlib", "re", "typing"),
    *("unicodedata", "zoneinfo", "flows", "holidays", "rapidfuzz", "yaml"),
}
_CALLED_FROM_OUTSIDE = {"open", "input", "print", "exec", "eval", "__import__"}
_OUT_OF_ARGUMENTS = {"now", "utcnow", "today", "write_text", "write_bytes"}


def _code(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def _behind(kind: str) -> list[tuple[str, str]]:
    """Return method and address of every door of a kind, with something put in for what varies."""
    return [(method, re.sub(r"\{\w+\}", "demo", path)) for (method, path), who in DOORS.items() if who == kind]


@pytest.fixture
async def web(rt: Runtime) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody at the door who has neither session nor signature, from the world outside."""
    transport = httpx.ASGITransport(app=create_app(rt), client=("93.184.216.34", 1))
    async with httpx.AsyncClient(transport=transport, base_url=rt.settings.public_url) as client:
        yield client


def test_imports_go_one_way() -> None:
    lint = [sys.executable, "-c", "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports())"]
    done = subprocess.run(lint, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_a_job_is_named_as_it_is_called() -> None:
    written = {name for path in _code(*ROOMS) for name in re.findall(r'"workers\.jobs\.(\w+)"', path.read_text())}
    assert written == {"tick", "deliver"}
    for name in written.union(job.name for job in jobs.RUNG):
        assert import_attribute(f"workers.jobs.{name}") is getattr(jobs, name)


def test_the_handbook_has_every_job_with_its_queue_and_period() -> None:
    text = (ROOT / "docs" / "operating.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \| (each minute|each hour|when)", text, re.MULTILINE)
    periods = {1: "each minute", 60: "each hour"}
    wanted = {(job.name, job.queue, periods[job.every]) for job in jobs.RUNG}
    assert set(rows) == {*wanted, ("deliver", jobs.DELIVER, "when")}


def test_every_address_is_known_here(rt: Runtime) -> None:
    found = {
        (method, context.path)
        for context in iter_route_contexts(create_app(rt).routes)
        for method in context.methods or {"?"}
        if method != "HEAD"
    }
    assert found == set(DOORS)


@pytest.mark.parametrize(("method", "path"), _behind(STAFF))
async def test_the_console_sends_a_stranger_to_the_sign_in(web: httpx.AsyncClient, method: str, path: str) -> None:
    answer = await web.request(method, path, data={"proof": "0" * 64} if method == "POST" else None)
    assert (answer.status_code, answer.headers.get("location")) == (303, "/console/sign-in")


@pytest.mark.parametrize("path", [path for _, path in _behind(TWILIO)])
async def test_nobody_plays_twilio(web: httpx.AsyncClient, path: str) -> None:
    forged = {"X-Twilio-Signature": "0" * 28}
    form = {"From": "+17575550111", "To": "+17575550100", "Body": "JOIN", "MessageSid": "SM" + "0" * 32}
    form["AccountSid"] = SID
    for headers in ({}, forged):
        assert (await web.post(path, data=form, headers=headers)).status_code == 403


@pytest.mark.parametrize("path", [path for _, path in _behind(INSIDE)])
async def test_the_figures_are_not_for_the_world(web: httpx.AsyncClient, path: str) -> None:
    assert (await web.get(path)).status_code == 403


@pytest.mark.parametrize("path", [path for method, path in _behind(ANYBODY) if method == "GET"])
async def test_what_is_for_anybody_asks_nothing(web: httpx.AsyncClient, path: str) -> None:
    assert (await web.get(path)).status_code in {200, 404}


def _example() -> dict[str, str]:
    """Return the variables of .env.example, each with the comment above it."""
    text = (ROOT / ".env.example").read_text()
    return {name: words for words, name in re.findall(r"^# (.+)\n(\w+)=", text, re.MULTILINE)}


def _table() -> dict[str, str]:
    """Return the rows of the settings in docs/operating.md: the variable and what is said of it."""
    text = (ROOT / "docs" / "operating.md").read_text()
    return dict(re.findall(r"^\| `([A-Z_]+)` \| (.+?) \|", text, re.MULTILINE))


def test_the_example_names_every_setting_and_no_other() -> None:
    said = {name.upper(): field.description for name, field in Settings.model_fields.items()}
    assert {name: words for name, words in _example().items() if name not in FOR_COMPOSE} == said
    assert set(re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)) == {*said, *FOR_COMPOSE}


def test_the_handbook_names_every_setting_and_no_other() -> None:
    assert _table() == {name.upper(): field.description for name, field in Settings.model_fields.items()}


def test_the_example_holds_no_secret() -> None:
    text = (ROOT / ".env.example").read_text()
    for name in ("SECRET_KEY", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", *FOR_COMPOSE):
        assert f"\n{name}=\n" in text


@pytest.mark.parametrize("path", _PAPERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_in_the_papers_leads_somewhere(path: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", path.read_text())
    assert [link for link in links if "://" not in link and not (path.parent / link).exists()] == []


@pytest.mark.parametrize("path", _code(*ROOMS), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_is_short(path: Path) -> None:
    if "versions" not in path.parts:  # a migration is written once, and never again
        assert len(path.read_text().splitlines()) <= 300


@pytest.mark.parametrize("path", _code("flows"), ids=lambda path: path.name)
def test_flows_decide_from_their_arguments(path: Path) -> None:
    faults = [fault for node in ast.walk(ast.parse(path.read_text())) for fault in _faults(node)]
    assert faults == []


def _faults(node: ast.AST) -> list[str]:
    """Return what this node reaches for that a pure function has no need of."""
    match node:
        case ast.Import(names=names):
            return [one.name for one in names if one.name.split(".")[0] not in _MAY_IMPORT]
        case ast.ImportFrom(module=str(module), level=0):
            return [] if module.split(".")[0] in _MAY_IMPORT else [module]
        case ast.Call(func=ast.Name(id=name)):
            return [name] if name in _CALLED_FROM_OUTSIDE else []
        case ast.Attribute(attr=name):
            return [name] if name in _OUT_OF_ARGUMENTS else []
    return []


def test_what_flows_may_not_do_would_be_noticed() -> None:
    source = "import random\nfrom time import time\nopen('x')\ndatetime.now()\nimport re\nfrom flows.turn import Say"
    found = [fault for node in ast.walk(ast.parse(source)) for fault in _faults(node)]
    assert sorted(found) == ["now", "open", "random", "time"]


@pytest.mark.parametrize("name", LONG)
def test_a_file_that_is_begun_first_is_there(name: str) -> None:
    assert list((ROOT / "tests").rglob(name))


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_file_names_no_host_and_no_path(name: str) -> None:
    pinned = r"[a-z0-9._-]+(\[[a-z0-9,_-]+\])?==[^\s;]+( ; [^:/]+)? \\"
    allowed = re.compile(rf"{pinned}|    --hash=sha256:[0-9a-f]{{64}}( \\)?|\s*#[^:/]*(:[^:/]*)?|")
    lines = (ROOT / name).read_text().splitlines()
    assert [line for line in lines if not allowed.fullmatch(line)] == []


def test_no_file_names_a_registry() -> None:
    hosts = [left + right for left, right in (("py", "pi.org"), ("python", "hosted.org"), ("npm", "js.org"))]
    naming = [str(path) for path in _kept() if any(host in path.read_text(errors="replace") for host in hosts)]
    assert naming == []


def _kept() -> list[Path]:
    """Return the project's own files: whatever git keeps or would."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]
