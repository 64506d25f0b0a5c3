"""The console's pages of the flows: what each says and asks, in words, as a picture and to print."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

import pytest
import yaml

from flows import LANGUAGES, Library, packaged, parse
from flows.drawing.arrows import is_end
from flows.flow import Flow
from sms_service import flow_findings
from tests.sms_service.desk import Dora, dora
from tests.sms_service.test_console_plays import publish

__all__ = ["dora"]

PAGE = "/console/flows"
FLOWS = packaged().flows


def main(page: str) -> str:
    """Return what is the page's own, without the frame."""
    return html.unescape(page[page.index("<main") :])


@pytest.mark.parametrize("role", ["administrator", "coordinator", "auditor"])
async def test_every_flow_is_listed_with_its_version_and_what_is_wrong(dora: Dora, role: str) -> None:
    await dora.enter(role)
    page = main((await dora.web.get(PAGE)).text)
    assert f"{len(FLOWS)} flows are what the line says and asks. Nothing is wrong with them." in page
    assert packaged().digest[:12] in page
    listed = re.findall(r'href="/console/flows/([\w-]+)" lang="en">([^<]+)</a><br>', page)
    assert sorted(listed) == sorted((flow.name, flow.title) for flow in FLOWS.values())
    assert "when somebody texts the keyword of the program" in page
    assert "Held to another version" not in page
    await dora.rows('update programs set settings = settings || \'{"flow": "another"}\'')
    assert "Held to another version: Tidewater check-in." in main((await dora.web.get(PAGE)).text)


@pytest.mark.parametrize("role", ["support_lead", ""])
async def test_others_read_nothing_of_it(dora: Dora, role: str) -> None:
    await dora.enter(role)
    for path in ("", "/texts", "/plays", "/weekly-checkin", "/weekly-checkin/picture"):
        assert (await dora.web.get(PAGE + path)).status_code == 403
    assert PAGE not in (await dora.web.get("/console/resources")).text


async def test_each_flow_is_told_in_words_in_both_languages(dora: Dora) -> None:
    await dora.enter("auditor")
    for flow in FLOWS.values():
        for language in LANGUAGES:
            told = main((await dora.web.get(f"{PAGE}/{flow.name}?texts={language}")).text)
            assert [where for where, words in expected(flow, language) if words not in told] == []
            targets = set(re.findall(r'href="#state-([\w-]+)"', told))
            assert targets <= {state.name for state in flow.states.values() if not is_end(state)}


def expected(flow: Flow, language: str) -> Iterator[tuple[str, str]]:
    """Yield what has to stand on a flow's page, and where from."""
    for state in flow.states.values():
        where = f"{flow.name} {state.name} {language}"
        yield where, f'id="state-{state.name}"'
        for choice in state.question.choices if state.question else ():
            yield where, f'<strong>{choice.key}</strong> <span lang="{language}">{choice.labels[language][0]}</span>'
        for texts in state.texts:
            yield where, re.sub(r"\{\w+\}.*", "", texts[language])


async def test_the_picture_stands_in_the_page_under_its_strict_rules(dora: Dora) -> None:
    await dora.enter()
    answer = await dora.web.get(f"{PAGE}/timeoff")
    page = answer.text
    picture = page[page.index("<svg") : page.index("</svg>")]
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert not re.search(r"<style|style=|<script", picture)
    assert 'role="img" aria-labelledby="picture-title" aria-describedby="picture-desc"' in picture
    assert "timeoff to planned: 1 planned" in picture
    kept = await dora.web.get(f"{PAGE}/timeoff/picture?texts=es")
    assert kept.headers["content-disposition"] == 'attachment; filename="timeoff.es.svg"'
    assert "<style>" in kept.text


async def test_a_flow_that_is_not_there_is_a_missing_page(dora: Dora) -> None:
    await dora.enter()
    for path in ("/nothing", "/nothing/picture", "/nothing/play", "/plays/nothing", f"/plays/{dora.program}"):
        assert (await dora.web.get(PAGE + path)).status_code == 404


async def test_every_text_is_there_to_print_with_its_segments(dora: Dora) -> None:
    await dora.enter("auditor")
    both = main((await dora.web.get(f"{PAGE}/texts")).text)
    assert "[program] 1/4. Past week: how often did you feel drained by work?" in both
    assert "¿con qué frecuencia te dejo sin fuerzas el trabajo?" in both
    assert re.search(r"1\d\d characters, 1 segment\b", both)
    assert "at once, to a text that speaks of dying or suicide" in both
    spanish = main((await dora.web.get(f"{PAGE}/texts?texts=es")).text)
    assert "how often did you feel drained" not in spanish


async def test_the_pages_are_there_in_spanish(dora: Dora) -> None:
    await dora.enter()
    for path in ("", "/weekly-checkin", "/texts", "/weekly-checkin/play", "/plays"):
        answer = await dora.web.get(f"{PAGE}{path}", headers={"Accept-Language": "es"})
        assert answer.status_code == 200
        assert '<html lang="es">' in answer.text
    assert "Ensayar" in (await dora.web.get(f"{PAGE}/weekly-checkin?lang=es")).text


@pytest.fixture
def broken() -> Library:
    """Return a version with a state that nothing leads to, in a flow that is otherwise as it was."""
    files = yaml.safe_load(packaged().yaml)
    day = files["day.yaml"].replace("  day:", '  lost:\n    say: {en: "Lost!", es: Nada}\n  day:', 1)
    return parse({**files, "day.yaml": day})


def test_a_fault_stands_at_the_state_it_belongs_to(broken: Library) -> None:
    found = flow_findings.of_flow(broken, broken.flows["day"])
    assert "nothing leads here" in found.at["lost"]
    assert any(one.startswith("en: says") for one in found.at["lost"])
    assert found.whole == []
    assert found.count == len(flow_findings.findings(broken)) > 1
    assert flow_findings.of_none(broken) == []
    assert flow_findings.of_flow(broken, broken.flows["time"]).count == 0


def test_a_fault_of_no_flow_is_not_lost() -> None:
    files = yaml.safe_load(packaged().yaml)
    del files["day.yaml"]
    library = parse(files)
    assert "no flow 'day', which the service opens itself" in flow_findings.of_none(library)


async def test_the_pages_show_faults_where_they_are(dora: Dora, broken: Library) -> None:
    """An older release may have published what this one would not."""
    await dora.enter()
    await publish(dora, broken)
    try:
        listed = main((await dora.web.get(PAGE)).text)
        told = main((await dora.web.get(f"{PAGE}/day")).text)
    finally:
        await dora.rows("update current_flows set digest = :digest, published_by = null", digest=packaged().digest)
    count = flow_findings.of_flow(broken, broken.flows["day"]).count
    assert f"The check finds {count} faults." in listed
    assert "This version was published here." in listed
    summary, words = told[: told.index('<ol class="states">')], told[told.index('id="state-lost"') :]
    assert '<a href="#state-lost">lost</a>: <span lang="en">nothing leads here</span>' in summary
    assert '<p class="fault" lang="en">nothing leads here</p>' in words[: words.index('id="state-day"')]
