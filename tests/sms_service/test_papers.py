"""The papers that get a program started: in both languages, filled, true to what the service does, and safe to show."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_service import markdown, papers, purging
from sms_service.programs import Program, ProgramError
from tests.sms_service.desk import Dora, dora
from tests.sms_service.example_papers import FOLDER, PROGRAM, URL

__all__ = ["dora"]

ALL = [(name, language) for name in papers.NAMES for language in papers.LANGUAGES]
WITHOUT = replace(PROGRAM, leads=(), settings=replace(PROGRAM.settings, review="none", help_phone=""))
HOSTILE = "A **b** <script>x</script> | # _c_ [d](e) `f` \\ > g\n\n# h {{ 7 * 7 }}"


def read(program: Program, name: str, language: str) -> str:
    return papers.paper(program, URL, name, language).markdown


@pytest.mark.parametrize(("name", "language"), ALL)
def test_the_examples_are_what_the_papers_say_now(name: str, language: str) -> None:
    # To write them anew: python -m tests.sms_service.example_papers
    assert (FOLDER / f"{name}.{language}.md").read_text() == read(PROGRAM, name, language)


@pytest.mark.parametrize("program", [PROGRAM, WITHOUT], ids=["calls", "no calls"])
@pytest.mark.parametrize("name", papers.NAMES)
def test_both_languages_have_the_same_parts(name: str, program: Program) -> None:
    english, spanish = (read(program, name, language) for language in papers.LANGUAGES)
    for part in (r"^#+ ", r"^- ", r"^\d\. ", r"^\|", r"^>", r"^\*\*"):
        assert len(re.findall(part, english, re.M)) == len(re.findall(part, spanish, re.M)), part


@pytest.mark.parametrize("program", [PROGRAM, WITHOUT], ids=["calls", "no calls"])
@pytest.mark.parametrize(("name", "language"), ALL)
def test_nothing_is_left_unfilled_and_help_is_named(name: str, language: str, program: Program) -> None:
    text = read(program, name, language)
    assert not re.search(r"[{}]|None|\\", text)
    assert "\n\n\n" not in text
    if name != "record":
        assert "988" in text
        assert "911" in text


@pytest.mark.parametrize("language", papers.LANGUAGES)
def test_the_charter_makes_every_promise(language: str) -> None:
    text = read(PROGRAM, "charter", language)
    promises = {
        "en": ("your choice", "Nothing happens to you at work", "no reward", "no roster", "work time"),
        "es": ("Tú decides", "No te pasa nada en el trabajo", "No hay premio", "No hay lista", "tiempo de trabajo"),
    }
    for promise in promises[language]:
        assert promise in text


@pytest.mark.parametrize("language", papers.LANGUAGES)
def test_a_call_is_promised_only_where_it_is_kept(language: str) -> None:
    kept = {"en": "calls you only if you ask", "es": "te llama solo si lo pides"}[language]
    nobody = {"en": "No one calls from this line", "es": "Nadie llama desde esta línea"}[language]
    for name in ("charter", "questions"):
        assert nobody not in read(PROGRAM, name, language)
        assert nobody in read(WITHOUT, name, language)
    assert kept in read(PROGRAM, "charter", language)
    one_lead = replace(PROGRAM, leads=PROGRAM.leads[:1])
    assert kept not in read(one_lead, "charter", language)
    assert "4" in read(PROGRAM, "support-lead", language)


@pytest.mark.parametrize("language", papers.LANGUAGES)
def test_days_and_floor_are_those_that_hold(language: str) -> None:
    kept = {rule.what: rule.after.days for rule in purging.RULES}
    record = read(PROGRAM, "record", language)
    days = {"en": "days", "es": "días"}[language]
    assert f"{kept['words of texts that came in']} {days}" in record
    assert kept["words of texts that came in"] == kept["words of texts that went out"]
    assert f"{kept['reports of Twilio']} {days}" in record
    assert f"{kept['numbers that were asked to join and never answered']} {days}" in record
    strict = replace(PROGRAM, settings=replace(PROGRAM.settings, floor=17))
    for name in ("charter", "leadership", "huddle", "email", "questions", "record"):
        assert "17" in read(strict, name, language)


@pytest.mark.parametrize("language", papers.LANGUAGES)
def test_where_twilio_swallows_what_follows_a_stop_nothing_is_promised_after_it(language: str) -> None:
    after = {"en": "also after STOP", "es": "también después de STOP"}[language]
    assert after in read(PROGRAM, "questions", language)
    assert after not in read(replace(PROGRAM, opt_out_mode="twilio"), "questions", language)


@pytest.mark.parametrize("language", papers.LANGUAGES)
def test_the_record_says_where_another_act_holds(language: str) -> None:
    elsewhere = replace(PROGRAM, settings=replace(PROGRAM.settings, region="US-OR"))
    assert "US-OR" in read(elsewhere, "record", language)
    assert "US-VA" not in read(PROGRAM, "record", language)


@pytest.mark.parametrize(("name", "language"), ALL)
def test_whatever_a_program_is_called_it_stays_text(name: str, language: str) -> None:
    settings = replace(PROGRAM.settings, operator=HOSTILE, help_phone=HOSTILE)
    paper = papers.paper(replace(PROGRAM, name=HOSTILE, settings=settings), URL, name, language)
    page = str(markdown.line(paper.title)) + str(markdown.html(paper.body))
    assert " ".join(HOSTILE.split()) in unescape(page)
    assert "<script" not in page
    assert "49" not in page
    plain = papers.paper(PROGRAM, URL, name, language)
    shape = re.findall(r"<[^>]+>", str(markdown.html(plain.body)))
    assert re.findall(r"<[^>]+>", str(markdown.html(paper.body))) == shape


@given(st.text(alphabet=st.sampled_from("ab *#->|\\1. \n<&`_"), max_size=60))
def test_any_text_becomes_whole_elements(text: str) -> None:
    opened: list[str] = []
    for closing, tag in re.findall(r"<(/?)(\w+)[^>]*>", str(markdown.html(text))):
        if closing:
            assert opened.pop() == tag
        else:
            opened.append(tag)
    assert opened == []


@given(st.text(max_size=40))
def test_what_fills_a_place_reads_as_it_is(value: str) -> None:
    assert unescape(str(markdown.line(papers.plain(value)))) == " ".join(value.split()).replace("\r", "\n")


def test_papers_are_written_into_a_folder(tmp_path: Path) -> None:
    assert len(papers.write(PROGRAM, URL, tmp_path / "new")) == len(ALL)
    (tmp_path / "file").write_text("")
    with pytest.raises(ProgramError, match="cannot be written"):
        papers.write(PROGRAM, URL, tmp_path / "file")


async def test_each_is_shown_in_the_console_in_either_language(dora: Dora) -> None:
    await dora.enter("auditor")
    root = "/console/programs/tide/papers"
    listed = (await dora.web.get(root)).text
    for name in papers.NAMES:
        assert f'href="{root}/{name}?in=en"' in listed
        for language, html in (("en", 'lang="en"'), ("es", '<article class="launch" lang="es">')):
            page: httpx.Response = await dora.web.get(f"{root}/{name}?in={language}")
            assert page.status_code == 200
            assert html in page.text
            assert "Tidewater check-in" in page.text
    assert (await dora.web.get(f"{root}/nothing")).status_code == 404
