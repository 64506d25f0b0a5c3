"""Twilio's Calls resource: place, list and read."""

from fastapi import APIRouter, Depends, Request, Response

from sms_service.emulator.callbacks import API_VERSION, is_callback_url
from sms_service.emulator.calls import Dial, place
from sms_service.emulator.codes import Refusal
from sms_service.emulator.exchange import Exchange
from sms_service.emulator.numbers import BAD_CALLEES, TEST_SENDER, is_number
from sms_service.emulator.records import Call
from sms_service.emulator.resources import call_json, page
from sms_service.emulator.rest import Emulated, Form, answer, authorise, one, read_form, refuse_if_asked

router = APIRouter(
    prefix=f"/{API_VERSION}/Accounts/{{account}}", dependencies=[Depends(authorise)], include_in_schema=False
)


@router.post("/Calls.json")
async def create(request: Request, exchange: Emulated) -> Response:
    """Accept a call, or refuse it with Twilio's code."""
    form = await read_form(request)
    refuse_if_asked(exchange)
    call = place(exchange, _dial(exchange, form))
    return answer(exchange, call_json(exchange.settings.account_sid, call))


def _dial(exchange: Exchange, form: Form) -> Dial:
    url, twiml = one(form, "Url"), one(form, "Twiml")
    if not is_callback_url(url) and (url or not twiml):
        raise Refusal(21205)
    return Dial(
        sender=_caller(exchange, one(form, "From")),
        recipient=_callee(one(form, "To")),
        url=url,
        fallback=one(form, "FallbackUrl"),
        twiml=twiml,
        callback=_callback(one(form, "StatusCallback")),
        events=frozenset(form.get("StatusCallbackEvent", ["completed"])),
        detection=one(form, "MachineDetection"),
    )


def _caller(exchange: Exchange, sender: str) -> str:
    if sender not in (*exchange.settings.numbers, TEST_SENDER):
        raise Refusal(21210)
    return sender


def _callee(to: str) -> str:
    if not to:
        raise Refusal(21201)
    if to in BAD_CALLEES or not is_number(to):
        raise Refusal(BAD_CALLEES.get(to, 21211))
    return to


def _callback(address: str) -> str | None:
    if address and not is_callback_url(address):
        raise Refusal(21609)
    return address or None


@router.get("/Calls.json")
async def index(request: Request, account: str, exchange: Emulated) -> dict[str, object]:
    """List calls both ways, newest first; To, From and Status filter."""
    query = dict(request.query_params)

    def fits(call: Call) -> bool:
        wanted = {"To": call.recipient, "From": call.sender, "Status": call.status}
        return all(query.get(name) in (None, value) for name, value in wanted.items())

    found = filter(fits, reversed(exchange.memory.calls.values()))
    path = f"/{API_VERSION}/Accounts/{account}/Calls.json"
    return page(path, "calls", query, found, lambda call: call_json(account, call))


@router.get("/Calls/{sid}.json")
async def fetch(account: str, sid: str, exchange: Emulated) -> dict[str, object]:
    """Read one call."""
    call = exchange.memory.calls.get(sid)
    if call is None:
        raise Refusal(20404, 404)
    return call_json(account, call)
