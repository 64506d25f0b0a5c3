"""The console in Spanish: every text of its templates and pages has been put into it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import pytest
import yaml
from holidays import country_holidays

from flows.days_off import holiday
from flows.schedule import day_name
from sms_service import console
from sms_service.console.acts import ACTS
from sms_service.html import environment
from sms_service.program_checks import ProgramError
from sms_service.translation import Word, Written, joined, say, spanish
from sms_service.twilio import errors

CONSOLE = Path(console.__file__).parent
_SAYING = {"say", "Way", "Word", "joined"}
_PLACES = re.compile(r"%\(\w+\)[rs]|%%")
_NOT_LET_IN = {errors.fault(None, status).says for status in (401, 403)}
_REFUSING = {"ProgramError"}
"""What is raised with a field and words. The commands' own are never shown on a page."""


def _in_template(path: Path) -> Iterator[str]:
    for _, _, found in environment().extract_translations(path.read_text()):  # type: ignore[attr-defined]
        yield from [found] if isinstance(found, str) else [one for one in found or () if one is not None]


def _in_code(path: Path) -> Iterator[str]:
    """Find the texts that `say`, `Way` and `Word` are called with, also where one of several is chosen."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and node.args and _name(node.func) in _SAYING:
            # `say(language, english)` of the translation, `visit.say(english)` of a page.
            first = 1 if isinstance(node.func, ast.Name) and node.func.id == "say" else 0
            yield from _texts(node.args[min(first, len(node.args) - 1)])
        elif isinstance(node, ast.Call) and _name(node.func) in _REFUSING:
            yield from _texts(node.args[-1])


def _texts(node: ast.expr) -> Iterator[str]:
    for part in ast.walk(node):
        if (
            isinstance(part, ast.Constant)
            and isinstance(part.value, str)
            and _PLACES.sub("", part.value).strip(" ;,.():")
        ):
            yield part.value


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _code() -> list[Path]:
    """Return the console's own files, and those that have words for it."""
    others = [path for path in CONSOLE.parent.glob("*.py") if not path.name.endswith("_commands.py")]
    return [*CONSOLE.rglob("*.py"), *others, *(CONSOLE.parents[1] / "flows").glob("[!w]*.py")]


def _said() -> set[str]:
    templates = {text for path in CONSOLE.rglob("*.html") for text in _in_template(path)}
    twilio = {fault.says for fault in errors.table().values()} | {errors.fault(0).says, errors.NO_LINE, *_NOT_LET_IN}
    return templates | twilio | {text for path in _code() for text in _in_code(path)}


def test_every_text_has_its_spanish_and_no_spanish_is_left_over() -> None:
    said = _said()
    assert len(said) > 10
    assert dict.fromkeys(said - set(spanish()), "no Spanish") == {}
    assert dict.fromkeys(set(spanish()) - said, "said nowhere") == {}


def _filled(path: Path) -> Iterator[tuple[str, set[str]]]:
    """Find the words that a `Word` or a refusal is made of where it is made, and the names of their values."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and node.args and _name(node.func) in {"Word", *_REFUSING}:
            words = node.args[-1]
            if isinstance(words, ast.Constant) and isinstance(words.value, str):
                yield (
                    words.value,
                    {one.arg for one in node.keywords if one.arg} or {"**"} & {"**" for _ in node.keywords},
                )


@pytest.mark.parametrize("path", _code(), ids=lambda path: path.name)
def test_every_place_in_words_has_a_value(path: Path) -> None:
    for words, values in _filled(path):
        if values != {"**"}:
            assert set(re.findall(r"%\((\w+)\)[rs]", words)) == values, words


def test_no_text_is_put_into_spanish_in_two_ways() -> None:
    found: dict[str, set[str]] = {}
    for path in (CONSOLE / "spanish").glob("*.yaml"):
        for english, words in yaml.safe_load(path.read_text("utf-8")).items():
            found.setdefault(english, set()).add(words)
    assert {english: words for english, words in found.items() if len(words) > 1} == {}


@pytest.mark.parametrize("english", sorted(spanish()))
def test_spanish_has_the_same_places_to_fill(english: str) -> None:
    assert sorted(_PLACES.findall(english)) == sorted(_PLACES.findall(spanish()[english]))


def test_what_has_no_spanish_stays_english() -> None:
    assert say("es", "Nobody has put this into Spanish") == "Nobody has put this into Spanish"
    assert say("en", "Programs") == "Programs"
    assert say("es", "Programs") == "Programas"


def _acts() -> set[str]:
    """Find the acts that are noted: what `note` is called with, and what a name `act` is given."""
    found = set()
    for path in CONSOLE.parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            places: list[ast.expr] = []
            if isinstance(node, ast.Call) and _name(node.func) == "note":
                places = node.args[:1] + [one.value for one in node.keywords if one.arg == "act"]
            elif isinstance(node, ast.Assign) and _name(node.targets[0]) == "act":
                places = [node.value]
            words = [part.value for place in places for part in ast.walk(place) if isinstance(part, ast.Constant)]
            found |= {word for word in words if isinstance(word, str) and re.fullmatch(r"[a-z-]+\.[a-z_-]+", word)}
    return found


def test_every_act_in_the_log_has_words() -> None:
    assert len(_acts()) > 20
    assert _acts() - set(ACTS) == set()


def test_words_are_english_and_said_in_the_readers_language_on_a_page() -> None:
    day = Written(partial(day_name, 3))
    word = Word(
        "%(window)s h is longer than the %(between)s h from %(day)s to %(next)s; close sooner, or take a day away",
        window=80,
        between=24,
        day=day,
        next="<b>",
    )
    assert word == "80 h is longer than the 24 h from Thursday to <b>; close sooner, or take a day away"
    assert say("es", word) == "80 h es más que las 24 h de jueves a <b>; cierre antes o quite un día"
    shown = environment().from_string("{{ word }}").render(word=joined("; ", [word, "50 %"]), lang="es")
    assert shown == "80 h es más que las 24 h de jueves a &lt;b&gt;; cierre antes o quite un día; 50 %"


def test_an_error_is_english_in_the_log_and_spanish_on_the_page() -> None:
    error = ProgramError("slug", "%(slug)r is the address of another page; choose another", slug="new")
    assert str(error) == "slug: 'new' is the address of another page; choose another"
    assert say("es", error.message) == "'new' es la dirección de otra página; elija otra"


def test_what_twilio_answered_is_said_in_spanish_also_where_it_was_written_down() -> None:
    assert errors.meaning(30007) == "30007: the carrier filtered the text"
    assert say("es", errors.meaning(30007)) == "30007: la operadora filtró el mensaje"
    assert say("es", errors.stored(str(errors.meaning(30033)))) == "30033: la campaña está suspendida"


def test_the_console_says_usted() -> None:
    familiar = re.compile(
        r"\b(tú|tus?|tuy[oa]s?|ti|te|contigo|eres|estás|tienes|puedes|quieres|debes|ves|haces)\b", re.I
    )
    assert {english: words for english, words in spanish().items() if familiar.search(words)} == {}


@pytest.mark.parametrize(
    ("region", "day", "english", "spanish_name"),
    [
        ("US-VA", date(2026, 11, 26), "Thanksgiving Day", "Día de Acción de Gracias"),
        ("US", date(2026, 7, 3), "Independence Day", "Día de la Independencia"),
        ("MX", date(2026, 11, 16), "Revolution Day", "Día de la Revolución"),
        ("FR", date(2026, 7, 14), "National Day", "National Day"),
        ("US-NJ", date(2026, 2, 16), "Presidents Day", "Día de los Presidentes"),
        ("US-TX", date(2027, 12, 24), "Christmas Day; Christmas Eve", "Navidad; Nochebuena"),
        ("US-KY", date(2027, 12, 31), "New Year's Day; New Year's Eve", "Año Nuevo; Nochevieja"),
        ("US", date(2026, 11, 27), "", ""),
        ("", date(2026, 11, 26), "", ""),
    ],
)
def test_a_holiday_has_its_name_in_both_languages(region: str, day: date, english: str, spanish_name: str) -> None:
    assert holiday(region, day) == english
    assert say("es", holiday(region, day)) == spanish_name


def test_every_holiday_of_the_whole_united_states_has_a_spanish_name() -> None:
    days = (date(2026, 1, 1) + timedelta(days=n) for n in range(365 * 4))
    found = {str(name): say("es", name) for day in days if (name := holiday("US", day))}
    assert len(found) == 11
    assert not [name for name in found if found[name] == name]


@pytest.mark.parametrize("state", country_holidays("US").subdivisions)
def test_every_holiday_of_a_state_has_a_spanish_name_also_where_two_are_on_one_day(state: str) -> None:
    days = (date(2026, 1, 1) + timedelta(days=n) for n in range(365 * 3 + 1))
    found = {str(name): say("es", name) for day in days if (name := holiday(f"US-{state}", day))}
    assert found
    assert not [part for name in found for part in name.split("; ") if part in found[name].split("; ")]
