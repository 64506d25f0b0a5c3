"""Reading TwiML for a call, as strictly as Twilio: what each verb may carry, hold and say."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

import httpx

from sms_service.emulator.twiml import TwimlError, read_verbs

LONGEST_SAY = 4096

_ANY, _COUNT, _FLAG, _METHOD = r"(?s).*", r"\d{1,4}", "true|false", "GET|POST"
_LANGUAGE = r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*"


@dataclass(frozen=True, slots=True)
class Rule:
    """What one element allows: attributes with the pattern of their values, what it holds, whether it has text."""

    attributes: dict[str, str] = field(default_factory=dict)
    holds: frozenset[str] = frozenset()
    text: bool = False
    needs_text: bool = False


_PROMPTS = frozenset({"Say", "Play", "Pause"})
_CALLED = frozenset({"Number", "Client", "Sip", "Conference", "Queue"})
_SSML = frozenset({"break", "emphasis", "lang", "p", "phoneme", "prosody", "s", "say-as", "sub", "w"})

RULES: dict[str, Rule] = {
    "Say": Rule(
        {"voice": r"[A-Za-z][\w.-]*", "language": _LANGUAGE, "loop": _COUNT}, _SSML, text=True, needs_text=True
    ),
    "Play": Rule({"loop": _COUNT, "digits": r"[0-9A-D*#wW]+"}, text=True),
    "Pause": Rule({"length": _COUNT}),
    "Gather": Rule(
        {
            "input": "dtmf|speech|dtmf speech|speech dtmf",
            "action": _ANY,
            "method": _METHOD,
            "timeout": _COUNT,
            "numDigits": r"[1-9]\d{0,3}",
            "finishOnKey": "[0-9*#]?",
            "actionOnEmptyResult": _FLAG,
            "bargeIn": _FLAG,
            "hints": _ANY,
            "language": _LANGUAGE,
            "speechTimeout": r"auto|\d{1,3}",
            "speechModel": r"[\w.-]+",
            "enhanced": _FLAG,
            "profanityFilter": _FLAG,
            "maxSpeechTime": _COUNT,
            "partialResultCallback": _ANY,
            "partialResultCallbackMethod": _METHOD,
        },
        _PROMPTS,
    ),
    "Redirect": Rule({"method": _METHOD}, text=True, needs_text=True),
    "Dial": Rule(
        {
            "action": _ANY,
            "method": _METHOD,
            "timeout": _COUNT,
            "timeLimit": r"\d{1,5}",
            "callerId": r"\+?\d+",
            "hangupOnStar": _FLAG,
            "answerOnBridge": _FLAG,
            "ringTone": "[a-z-]+",
            "record": "[a-z-]+",
        },
        _CALLED,
        text=True,
    ),
    "Reject": Rule({"reason": "rejected|busy"}),
    "Hangup": Rule(),
}
"""The verbs that the telephone carries out."""

_NOUN = Rule(
    {
        "sendDigits": r"[0-9*#wW]+",
        "url": _ANY,
        "method": _METHOD,
        "statusCallback": _ANY,
        "statusCallbackMethod": _METHOD,
        "statusCallbackEvent": "[a-z ]+",
    },
    text=True,
    needs_text=True,
)


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb that has been checked; `parts` are those nested in it."""

    name: str
    attributes: dict[str, str]
    text: str = ""
    parts: tuple["Verb", ...] = ()

    def get(self, name: str, default: str = "") -> str:
        return self.attributes.get(name, default)

    def count(self, name: str, default: int) -> int:
        return int(self.attributes.get(name, default))

    def flag(self, name: str, *, default: bool = False) -> bool:
        return self.attributes.get(name, str(default).lower()) == "true"


@dataclass(frozen=True, slots=True)
class Document:
    """One answer of the service: its verbs, and how it is written."""

    verbs: tuple[Verb, ...]
    source: str


def read_document(response: httpx.Response) -> Document:
    """Read an answer to a call; 204 is a document without verbs. Raises TwimlError."""
    if response.status_code == 204:
        return Document((), "")
    elements = read_verbs(response, frozenset(RULES))
    return Document(tuple(_verb(element, RULES[element.tag]) for element in elements), response.text)


def _verb(element: Element, rule: Rule) -> Verb:
    _check_attributes(element, rule)
    text = " ".join("".join(_texts(element, rule)).split())
    if text and not rule.text:
        raise TwimlError(12200, f"<{element.tag}> may hold no text, only verbs")
    parts = tuple(_part(element, rule))
    verb = Verb(element.tag, dict(element.attrib), text, parts)
    _check_text(verb, rule)
    return verb


def _texts(element: Element, rule: Rule) -> Iterator[str]:
    """The element's own text; with the marks of speech inside of Say it is all one."""
    if rule.holds is _SSML:
        yield from element.itertext()
        return
    yield element.text or ""
    yield from (child.tail or "" for child in element)


def _part(element: Element, rule: Rule) -> Iterator[Verb]:
    inside = element.iter() if rule.holds is _SSML else iter(element)
    for child in inside:
        if child is element:
            continue
        if child.tag not in rule.holds:
            allowed = ", ".join(f"<{name}>" for name in sorted(rule.holds)) or "no other verb"
            raise TwimlError(12200, f"<{element.tag}> may hold {allowed}, not <{child.tag}>")
        if rule.holds is not _SSML:
            yield _verb(child, RULES.get(child.tag, _NOUN))


def _check_attributes(element: Element, rule: Rule) -> None:
    for name, value in element.attrib.items():
        if name not in rule.attributes:
            known = ", ".join(rule.attributes) or "none"
            raise TwimlError(12200, f"<{element.tag}> has no attribute {name}; known are {known}")
        if not re.fullmatch(rule.attributes[name], value):
            raise TwimlError(12200, f"{name} of <{element.tag}> cannot be {value!r}")


def _check_text(verb: Verb, rule: Rule) -> None:
    if verb.name == "Play" and bool(verb.text) == ("digits" in verb.attributes):
        raise TwimlError(12200, "<Play> needs either an address or digits")
    if verb.name == "Dial" and bool(verb.text) == bool(verb.parts):
        raise TwimlError(12200, "<Dial> needs either a number or one of " + ", ".join(sorted(_CALLED)))
    if rule.needs_text and not verb.text:
        raise TwimlError(12200, f"<{verb.name}> is empty")
    if verb.name == "Say" and len(verb.text) > LONGEST_SAY:
        raise TwimlError(12200, f"<Say> has {len(verb.text)} characters; Twilio says {LONGEST_SAY} at most")
