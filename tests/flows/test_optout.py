import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.keywords import begins_with_stop, opts_out

OPTING_OUT = [
    "please stop texting me",
    "Can you stop texting me please?",
    "stop sending me messages",
    "STOP SENDING ME THESE TEXTS!!!",
    "stop messaging me at work",
    "stop the texts",
    "no more texts",
    "No more messages please.",
    "take me off this list",
    "Please remove me from your list",
    "remove me",
    "leave me alone",
    "unsubscribe me",
    "I want to unsubscribe",
    "how do I unsubscribe?",
    "opt me out",
    "I want to opt out of this",
    "Stop. Thank you",
    "stop please",
    "please stop",
    "Cancel please",
    "end these messages",
    "don't text me again",
    "Don’t contact me",
    "do not text me anymore",
    "I don't want these messages",
    "I do not want to receive any more texts",
    "I don't want to be texted",
    "I left the agency, please stop texting me",
    "This isn't for me. Stop messaging me.",
    "wrong number",
    "lose my number",
    "no longer interested",
    "no more",
    "ya no quiero mensajes",
    "no quiero recibir más mensajes",
    "no me escriban mas",
    "No me manden más mensajes",
    "ya no me escriban",
    "dejen de mandarme mensajes",
    "por favor dejen de escribirme",
    "Basta de mensajes",
    "basta",
    "¡Ya basta!",
    "no más mensajes",
    "quiero darme de baja",
    "denme de baja",
    "¿cómo me doy de baja?",
    "quiero cancelar",
    "sáquenme de la lista",
    "déjenme en paz",
    "número equivocado",
    "alto por favor",
]


@pytest.mark.parametrize("text", OPTING_OUT)
def test_asking_to_stop_in_ones_own_words(text):
    assert opts_out(text)


NOT_OPTING_OUT = [
    "",
    "stop by my desk",
    "I can't stop thinking about a client",
    "no",
    "no more than usual",
    "no more texts than usual",
    "stopped feeling",
    "the texts help",
    "my client won't stop texting me",
    "A client told me: stop texting me",
    'He shouted, "stop calling me" all day',
    "clients never leave me alone",
    "I quit my job",
    "I quit",
    "end it",
    "I want to end it all",
    "make it stop",
    "I want it to stop",
    "I want to stop crying",
    "don't call me",
    "please don't call me",
    "no me llamen",
    "no quiero que me llamen",
    "cancel my 3pm",
    "take me off the schedule",
    "get me out of here",
    "I don't want to do this anymore",
    "I don't want to be here",
    "ya no quiero mas",
    "ya no quiero vivir",
    "ya no puedo más",
    "para nada",
    "no mas de lo normal",
    "no quiero hablar",
    "dejé de sentir",
    "I need a break from messages at night",
    "3 - no more energy",
    "end of the week was hard",
]


@pytest.mark.parametrize("text", NOT_OPTING_OUT)
def test_answers_and_stories_are_not_eaten(text):
    assert not opts_out(text)


@pytest.mark.parametrize(
    "text", ["STOP I want to die", "stop. i want to die", "stop i can't go on", "please stop texting me, I want to die"]
)
def test_a_stop_before_something_serious_is_still_a_stop(text):
    assert begins_with_stop(text)


@pytest.mark.parametrize(
    "text",
    [
        "stop the pain",
        "STOP THE PAIN",
        "I want to die, make it stop",
        "end my life",
        "I want it to stop",
        "quit on life",
    ],
)
def test_pain_that_should_stop_is_not_a_stop(text):
    assert not begins_with_stop(text)


@given(st.sampled_from(OPTING_OUT), st.sampled_from(["{}", "  {} ", "Hi. {}", "please {}", "{} thank you", "{}!!"]))
def test_courtesies_change_nothing(text, dress):
    assert opts_out(dress.format(text))


@given(
    st.sampled_from([text for text in OPTING_OUT if not set(text[:-1]) & set(".,;!?")]),
    st.sampled_from(["My client said: {}", "she told me {}", "I keep hearing {} from her"]),
)
def test_what_somebody_else_said_is_no_order(text, story):
    assert not opts_out(story.format(text))


@pytest.mark.parametrize(
    "part", ["stop ", "please ", "no more ", "que ", "stop sending me all the ", "no me escriban mas "]
)
def test_a_long_text_is_read_at_once(part):
    # Patterns with stars inside stars take minutes for this; these take milliseconds.
    assert not opts_out(part * 200 + "x")
