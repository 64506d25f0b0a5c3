"""What is said on a call: in words that can be listened to, with what fills them in full."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from flows import LANGUAGES, aloud, packaged
from flows.filling import filled
from flows.staging.scene import context
from flows.text import SILENCE
from tests.flows.phone import ada

LIBRARY = packaged()
STATES = [(f"{flow.name}/{state.name}", state) for flow in LIBRARY.flows.values() for state in flow.states.values()]
SAID = {
    **{f"lines/{name}": texts[0] for name, texts in LIBRARY.lines.items()},
    **{f"{place} {number}": one for place, state in STATES for number, one in enumerate(state.texts)},
    **{f"{place} again": state.question.again for place, state in STATES if state.question and state.question.again},
}
INFORMAL = re.compile(
    r"\b(?:tú|tu|tus|te|ti|contigo|tuy[oa]s?|eres|estás|puedes|quieres|tienes|prefieres|sigues|sabes|elegiste|di|dilo"
    r"|dila|dite|pon|oprime|responde|manda|diste|fuiste|tuviste|sentiste|cargaste|llamarte|ayudarte|cuidarte|mereces)\b",
    re.IGNORECASE,
)
UNACCENTED = re.compile(r"\b(?:aqui|asi|dia|dias|linea|mas|numero|automatica|despues|tambien|ningun|facil|dificil)\b")
GRAVE = ["lines/risk_concern", "lines/risk_elevated", "lines/risk_explicit", "lines/risk_imminent", "lines/risk_again"]
GRAVE += ["lines/risk_others", "lines/risk_home", "lines/risk_client", "lines/parked", "lines/parked_danger"]
GRAVE += ["care/offer 0", "care/promised 0", "care/under_way 0", "care-now/offer 0", "who/who 0", "who/me 0"]
BREAKS = [place for place in SAID if place.startswith(("break/", "nudge/")) and "all" not in place]


@pytest.mark.parametrize("place", SAID)
def test_spanish_is_spoken_as_usted_and_with_its_accents(place):
    spoken = SAID[place].get("es voice", SAID[place]["es"])
    assert not INFORMAL.search(spoken), spoken
    assert not UNACCENTED.search(spoken), spoken


@pytest.mark.parametrize("place", GRAVE)
@pytest.mark.parametrize("language", LANGUAGES)
def test_after_something_grave_988_is_said_twice(place, language):
    assert SAID[place][f"{language} voice"].count("9 8 8") >= 2


@pytest.mark.parametrize("place", BREAKS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_spoken_break_has_silences_and_lasts_one_to_two_minutes(place, language):
    spoken = SAID[place][f"{language} voice"]
    seconds = sum(map(int, SILENCE.findall(spoken))) + len(SILENCE.sub("", spoken)) / 15
    assert 60 <= seconds <= 110, seconds


def test_the_breath_is_breathed_ten_times():
    assert SAID["break/breath 0"]["en voice"].lower().count("out. [5]") == 10
    assert SAID["break/breath 0"]["es voice"].lower().count("exhale. [5]") == 10


@pytest.mark.parametrize(
    ("placeholder", "english", "spanish"),
    [
        ("{date}", "Thursday, March 12", "jueves 12 de marzo"),
        ("{back}", "Tuesday, March 24", "martes 24 de marzo"),
        ("{offer_day}", "Saturday", "sábado"),
        ("{groups}", "For days, press 1. For nights, press 2", "Para de dia, oprima 1. Para de noche, oprima 2"),
        ("{peer}", "Peers 8 8 8, 4 0 9, 0 1 4 1", "Peers 8 8 8, 4 0 9, 0 1 4 1"),
        ("{quiet}", "9:00 PM to 8:00 AM", "21:00 a 08:00"),
        ("{lead_by}", "2:00 PM", "a las 14:00"),
        ("{lead_phone}", "7 5 7, 5 5 5, 0 1 7 7", "7 5 7, 5 5 5, 0 1 7 7"),
        ("{trend}", "too early to say", "aún no se sabe"),
        ("{a}, {h}", "50, not known yet", "50, aún sin dato"),
        ("{keyword}", "join", "unirme"),
        ("{a_client}", "a client", "un cliente"),
    ],
)
def test_what_fills_a_text_is_said_in_full(placeholder, english, spanish):
    groups = "program groups days/de dia | nights/de noche"
    peers = "program peer_line Peers 888-409-0141"
    known = context(
        ["channel voice", "lead on", "program day saturday", "day thursday", "weeks 2 - - -", peers, groups]
    )
    texts = {"en": "-", "es": "-", "en voice": placeholder, "es voice": placeholder}
    assert [filled(texts, None, known, language) for language in LANGUAGES] == [english, spanish]


def test_the_same_is_written_short_in_a_text():
    assert filled({"en": "{date}"}, None, ada().context, "en") == "Thu 12 Mar"


def test_where_nobody_knows_the_date_the_day_and_hour_that_were_chosen_stay():
    paused = replace(context(["day friday", "time 18:00"]), asks_from=None)
    one = {"en": "{d}, {date}, {t}", "es": "{d}, el {date} a las {t}"}
    assert filled(one, None, paused, "en") == "Friday, the day we start again, 6:00 PM"
    assert filled(one, None, paused, "es") == "viernes, el dia que el programa siga a las 18:00"
    spoken = {"es": "-", "es voice": "{d}, el {date} a las {t}"}
    called = replace(paused, channel="voice")
    assert filled(spoken, None, called, "es") == "viernes, el día que el programa siga a las 18:00"


def test_a_call_of_another_day_is_promised_with_its_day():
    now, by = (datetime(2026, 3, day, hour, tzinfo=UTC) for day, hour in ((10, 9), (14, 14)))
    assert aloud.moment(by, now, "en") == "Saturday at 2:00 PM"
    assert aloud.moment(by, now, "es") == "el sábado a las 14:00"
    assert aloud.moment(None, now, "es") == "-"
    assert aloud.on_day(date(2026, 9, 2), "es") == "miércoles 2 de septiembre"


def test_short_numbers_are_left_as_they_are():
    assert aloud.digits("Peers 24/7, ask for 12") == "Peers 24/7, ask for 12"
