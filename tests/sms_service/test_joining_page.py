"""What there is to get people in with: a page that lists it, and each of it to print, in two languages."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qs, unquote

import pytest

from sms_service.invitation_words import letter, subject
from sms_service.joining import way_in
from sms_service.programs import load
from tests.sms_service.desk import Dora, dora

__all__ = ["dora"]

ROOT = "/console/programs/tide/joining"
SAYS = {
    "en": (
        "JOIN",
        "(757) 555-0100",
        "STOP",
        "HELP",
        "988",
        "data rates may apply",
        "Your boss never sees your answers",
    ),
    "es": ("UNIRME", "(757) 555-0100", "STOP", "HELP", "988", "aplicar tarifas", "Tu jefe nunca ve tus respuestas"),
}


async def test_the_page_lists_every_way_in(dora: Dora) -> None:
    await dora.enter()
    page = (await dora.web.get(ROOT)).text
    for words in ("JOIN", "UNIRME", "(757) 555-0100", "https://checkin.test/p/tide/join"):
        assert words in page
    for kind in ("poster", "cards", "email"):
        for language in ("en", "es"):
            assert f'href="{ROOT}/{kind}?in={language}"' in page
    assert f'href="{ROOT}" aria-current="page">Joining' in page


@pytest.mark.parametrize("kind", ["poster", "cards", "email"])
@pytest.mark.parametrize("language", ["en", "es"])
async def test_what_is_printed_says_all_it_must(dora: Dora, kind: str, language: str) -> None:
    await dora.enter()
    answer = await dora.web.get(f"{ROOT}/{kind}?in={language}")
    handout = unescape(answer.text.partition("<main")[2])
    assert f'lang="{language}"' in handout
    for words in SAYS[language]:
        assert words in handout, words
    assert "https://checkin.test/p/tide" in handout
    assert ("Your choice." if language == "en" else "Tú decides.") in handout or kind == "email"
    assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers  # the console stays in its own language


async def test_a_handout_is_in_its_language_and_the_page_around_it_in_the_readers(dora: Dora) -> None:
    await dora.enter()
    page = (await dora.web.get(f"{ROOT}/poster?in=es&lang=en")).text
    assert '<html lang="en">' in page
    assert '<main class="handout" id="content" lang="es">' in page


async def test_a_sheet_holds_eight_cards_and_the_square_once(dora: Dora) -> None:
    await dora.enter()
    page = (await dora.web.get(f"{ROOT}/cards")).text
    assert page.count('class="card"') == 8
    assert page.count('<symbol viewBox="0 0 31 31" id="square">') == page.count("</symbol>") == 1
    assert page.count('<use href="#square">') == 8
    assert "&#34;square" not in page


async def test_the_email_opens_in_a_mail_program_as_it_is_written(dora: Dora) -> None:
    await dora.enter()
    page = (await dora.web.get(f"{ROOT}/email")).text
    found = re.search(r'href="mailto:\?([^"]+)"', page)
    assert found
    fields = parse_qs(unescape(found[1]))
    async with dora.rt.begin() as (connection, _):
        (program,) = await load(connection)
    assert fields["subject"] == [subject(program, "en")]
    assert fields["body"][0].splitlines() == letter(program, "https://checkin.test", "en").splitlines()
    assert unquote(found[1]).count("\n\n") >= 4
    assert "Hello Ada Lovelace,\n" in letter(program, "https://checkin.test", "en", "Ada Lovelace")


async def test_a_program_with_one_word_uses_it_in_both_languages(dora: Dora) -> None:
    await dora.rows("delete from program_keywords where word = 'UNIRME'")
    async with dora.rt.begin() as (connection, _):
        (program,) = await load(connection)
    assert way_in(program, "es").word == "JOIN"
    assert way_in(program, "es").sms == "sms:+17575550100?body=JOIN"


@pytest.mark.parametrize("role", ["auditor", "support_lead"])
async def test_only_who_edits_gets_in(dora: Dora, role: str) -> None:
    await dora.enter(role)
    for path in (ROOT, f"{ROOT}/poster", f"{ROOT}/cards", f"{ROOT}/email"):
        assert (await dora.web.get(path)).status_code == 403
