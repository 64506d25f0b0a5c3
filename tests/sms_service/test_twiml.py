"""TwiML: as Twilio's own library writes it, and always a document that Twilio can read."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from twilio.twiml.messaging_response import MessagingResponse

from flows import segments
from sms_service.twilio import twiml

_UNREADABLE = set(range(0x20)) - {0x9, 0xA, 0xD} | set(range(0xD800, 0xE000)) | {0xFFFE, 0xFFFF}
readable = st.text(st.characters().filter(lambda one: ord(one) not in _UNREADABLE), max_size=80)
said = st.lists(st.tuples(readable, readable), max_size=4)


def parsed(document: str) -> list[tuple[str, dict[str, str], str]]:
    response = ElementTree.fromstring(document.encode())  # noqa: S314  (our own document)
    assert response.tag == "Response"
    return [(one.tag, dict(one.attrib), one.text or "") for one in response]


@given(said)
@example([("https://checkin.test/?a=1&b=\"2'", "<Say>you & me</Say> ]]> \"'\n\r\t")])
def test_it_reads_as_what_twilios_library_writes(said: list[tuple[str, str]]) -> None:
    theirs = MessagingResponse()
    for url, text in said:
        theirs.message(text, status_callback=url)
    assert parsed(twiml.texts(said)) == parsed(str(theirs))


@given(st.text(max_size=40), st.sampled_from(sorted(_UNREADABLE)))
def test_what_no_document_can_hold_costs_itself_alone(text: str, code: int) -> None:
    ((_, _, read),) = parsed(twiml.texts([("https://checkin.test", f"Call {chr(code)}988. {text}")]))
    assert read.startswith("Call 988.")


def test_saying_nothing_is_an_empty_response() -> None:
    assert parsed(twiml.EMPTY) == parsed(str(MessagingResponse())) == []


def test_the_fallback_says_988_in_both_languages_in_one_segment_each() -> None:
    english, spanish = (text for _, _, text in parsed(twiml.packaged("sms-fallback")))
    for text in (english, spanish):
        assert "988" in text
        assert "911" in text
        assert segments(text).count == 1
    assert english.startswith("We can't save texts")
    assert spanish.startswith("Ahora no podemos")


def test_the_fallback_promises_no_callback_that_would_find_nothing() -> None:
    assert all(not attributes for _, attributes, _ in parsed(twiml.packaged("sms-fallback")))


@pytest.mark.parametrize("name", ["voice-hidden", "voice-fallback"])
def test_a_call_is_told_988_in_both_languages_and_ended(name: str) -> None:
    verbs = parsed(twiml.packaged(name))
    spoken = {attributes["language"]: text for tag, attributes, text in verbs if tag == "Say"}
    assert set(spoken) == {"en-US", "es-US"}
    assert all("988" in text.replace(" ", "") for text in spoken.values())
    assert verbs[-1][0] == "Hangup"
