"""Reading the service's TwiML, as strictly as Twilio's debugger would judge it."""

from dataclasses import dataclass
from xml.etree import ElementTree

import httpx

from sms_service.emulator.codes import explain

LONGEST_BODY = 1600

_XML_TYPES = frozenset({"text/xml", "application/xml"})
_MESSAGE_ATTRIBUTES = frozenset({"action", "method", "statusCallback", "to", "from"})


class TwimlError(Exception):
    """An answer that Twilio would not take: its error code, and what exactly is wrong."""

    def __init__(self, code: int, detail: str) -> None:
        super().__init__(f"{code} {explain(code)}: {detail}")
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Reply:
    """One `<Message>`; `to` and `sender` are None where it goes back the way it came."""

    body: str
    media: tuple[str, ...] = ()
    to: str | None = None
    sender: str | None = None
    callback: str | None = None


def read_messages(response: httpx.Response) -> tuple[Reply, ...]:
    """Read the answer to an inbound text; 204 means no reply. Raises TwimlError."""
    if response.status_code == 204:
        return ()
    return tuple(_reply(element) for element in read_verbs(response, frozenset({"Message"})))


def read_verbs(response: httpx.Response, known: frozenset[str]) -> list[ElementTree.Element]:
    """Read the elements of a document that may hold only these. Raises TwimlError."""
    root = _parse(response)
    if root.tag != "Response":
        raise TwimlError(12200, f"the document must begin with <Response>, not <{root.tag}>")
    for verb in root:
        if verb.tag not in known:
            raise TwimlError(12200, f"<{verb.tag}> is not a verb here; known are {', '.join(sorted(known))}")
    loose = (root.text or "") + "".join(verb.tail or "" for verb in root)
    if loose.strip():
        raise TwimlError(12200, "there is text outside of the verbs")
    return list(root)


def _parse(response: httpx.Response) -> ElementTree.Element:
    kind = response.headers.get("content-type", "").split(";")[0].strip().lower()
    if not kind:
        raise TwimlError(11200, "the answer has no content type")
    if kind not in _XML_TYPES:
        raise TwimlError(12300, f"it is {kind}")
    try:
        return ElementTree.fromstring(response.content)  # noqa: S314 -- the answer of the service on trial
    except ElementTree.ParseError as error:
        raise TwimlError(12100, str(error)) from None


def _reply(element: ElementTree.Element) -> Reply:
    unknown = set(element.keys()) - _MESSAGE_ATTRIBUTES
    if unknown:
        raise TwimlError(12200, f"<Message> has no attribute {', '.join(sorted(unknown))}")
    body, media = _content(element)
    if not body and not media:
        raise TwimlError(14103, "give it a text")
    if len(body) > LONGEST_BODY:
        raise TwimlError(21617, f"it has {len(body)} characters")
    callback = element.get("statusCallback") or element.get("action")
    return Reply(body, media, element.get("to"), element.get("from"), callback)


def _content(element: ElementTree.Element) -> tuple[str, tuple[str, ...]]:
    for child in element:
        if child.tag not in {"Body", "Media"}:
            raise TwimlError(12200, f"<Message> may hold <Body> and <Media>, not <{child.tag}>")
    bodies = [child.text or "" for child in element if child.tag == "Body"]
    media = tuple((child.text or "").strip() for child in element if child.tag == "Media")
    return ("".join(bodies) if bodies else _own_text(element)), media


def _own_text(element: ElementTree.Element) -> str:
    text = (element.text or "") + "".join(child.tail or "" for child in element)
    # Around nested elements there is only the indentation of the document.
    return text if text.strip() else ""
