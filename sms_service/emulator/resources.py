"""Twilio's JSON of messages and calls, and its lists of them."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import dropwhile, islice
from typing import TypeVar
from urllib.parse import urlencode

from sms_service.emulator.callbacks import API_VERSION
from sms_service.emulator.codes import Refusal, explain
from sms_service.emulator.records import Call, Message

DEFAULT_PAGE, LARGEST_PAGE = 50, 1000

Record = TypeVar("Record", Message, Call)


def message_json(account: str, message: Message) -> dict[str, object]:
    """One message as Twilio gives it; dates are RFC 2822, counts are strings."""
    uri = f"/{API_VERSION}/Accounts/{account}/Messages/{message.sid}"
    return {
        "account_sid": account,
        "api_version": API_VERSION,
        "body": message.kept,
        "date_created": _rfc2822(message.created),
        "date_sent": _rfc2822(message.sent),
        "date_updated": _rfc2822(message.updated),
        "direction": message.direction,
        "error_code": message.error_code,
        "error_message": explain(message.error_code) if message.error_code else None,
        "from": message.sender,
        "messaging_service_sid": message.service_sid,
        "num_media": str(len(message.media)),
        "num_segments": str(message.size.segments),
        "price": None,
        "price_unit": "USD",
        "sid": message.sid,
        "status": message.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": message.recipient,
        "uri": f"{uri}.json",
    }


def call_json(account: str, call: Call) -> dict[str, object]:
    """One call as Twilio gives it."""
    return {
        "account_sid": account,
        "api_version": API_VERSION,
        "date_created": _rfc2822(call.created),
        "date_updated": _rfc2822(call.updated),
        "direction": "inbound" if call.direction == "inbound" else "outbound-api",
        "duration": None if call.duration is None else str(call.duration),
        "from": call.sender,
        "sid": call.sid,
        "start_time": _rfc2822(call.created),
        "status": call.status,
        "to": call.recipient,
        "uri": f"/{API_VERSION}/Accounts/{account}/Calls/{call.sid}.json",
    }


def _rfc2822(moment: datetime | None) -> str | None:
    return format_datetime(moment) if moment else None


def page(
    path: str,
    name: str,
    query: Mapping[str, str],
    records: Iterable[Record],
    show: Callable[[Record], object],
) -> dict[str, object]:
    """One page of a list. `PageToken` names the last record of the page before: new ones shift nothing.

    Raises Refusal for a page size that is no number.
    """
    size = _page_size(query.get("PageSize"))
    number = int(query.get("Page") or 0) if (query.get("Page") or "0").isdigit() else 0
    found = list(islice(_after(records, query.get("PageToken")), size + 1))
    shown = found[:size]
    following = None
    if len(found) > size:
        token = {"PageSize": str(size), "Page": str(number + 1), "PageToken": f"PA{shown[-1].sid}"}
        following = f"{path}?{urlencode({**query, **token})}"
    return {
        name: [show(record) for record in shown],
        "end": number * size + max(0, len(shown) - 1),
        "first_page_uri": f"{path}?{urlencode({**_filters(query), 'PageSize': str(size), 'Page': '0'})}",
        "next_page_uri": following,
        "page": number,
        "page_size": size,
        "previous_page_uri": None,
        "start": number * size,
        "uri": f"{path}?{urlencode(query)}" if query else path,
    }


def _filters(query: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in query.items() if name not in {"Page", "PageToken", "PageSize"}}


def _page_size(text: str | None) -> int:
    if text is None:
        return DEFAULT_PAGE
    if not text.isdigit() or int(text) < 1:
        raise Refusal(20001)
    return min(int(text), LARGEST_PAGE)


def _after(records: Iterable[Record], token: str | None) -> Iterable[Record]:
    if not token:
        return records
    last = token.removeprefix("PA")
    rest = dropwhile(lambda record: record.sid != last, records)
    return islice(rest, 1, None)


def message_filter(query: Mapping[str, str]) -> Callable[[Message], bool]:
    """Make the test that To, From, DateSent, `DateSent>` (from then on) and `DateSent<` (until then) ask for.

    A message not yet sent counts by the time it was accepted. Raises Refusal for a date that cannot be read.
    """
    earliest, latest = _span(query)
    to, sender = query.get("To"), query.get("From")

    def fits(message: Message) -> bool:
        moment = (message.sent or message.created).replace(microsecond=0)
        return to in (None, message.recipient) and sender in (None, message.sender) and earliest <= moment <= latest

    return fits


def _span(query: Mapping[str, str]) -> tuple[datetime, datetime]:
    earliest, latest = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    if on := query.get("DateSent"):
        # Twilio's own client writes a date as its midnight; equality always means the whole day.
        earliest, latest = _day(on.partition("T")[0])
    if since := query.get("DateSent>"):
        earliest = max(earliest, _day(since)[0])
    if until := query.get("DateSent<"):
        latest = min(latest, _day(until)[1])
    return earliest, latest


def _day(text: str) -> tuple[datetime, datetime]:
    """The first and last second that a date or a time of day names, in UTC."""
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
    except ValueError:
        raise Refusal(20001) from None
    start = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    return start, start if "T" in text else start + timedelta(days=1, seconds=-1)
