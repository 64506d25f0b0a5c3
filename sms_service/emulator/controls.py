"""Scripting: faults, modes, and the demo's clock."""

from typing import Annotated, Any

import httpx
from fastapi import APIRouter, Body, HTTPException
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from sms_service.emulator.exchange import Exchange
from sms_service.emulator.numbers import tidy
from sms_service.emulator.rest import Emulated
from sms_service.emulator.rows import Row, state_row
from sms_service.emulator.settings import OptOut

# The clock first waits until everything under way has settled.
CLOCK_SECONDS = 60

router = APIRouter()


class Mode(BaseModel):
    """Who minds STOP, START and HELP for a number, and whether the webhook says so."""

    model_config = ConfigDict(extra="forbid")

    number: str
    opt_out: OptOut
    opt_out_type: bool | None = None


@router.get("/faults")
async def read_faults(exchange: Emulated) -> Row:
    """Read the faults."""
    return exchange.memory.faults.model_dump()


@router.post("/faults")
async def set_faults(wishes: Annotated[dict[str, Any], Body()], exchange: Emulated) -> Row:
    """Set the named faults and leave the others."""
    try:
        exchange.memory.set_faults(exchange.memory.faults.changed(wishes))
    except ValueError as error:
        raise HTTPException(422, str(error)) from None
    return exchange.memory.faults.model_dump()


@router.post("/modes")
async def set_mode(mode: Mode, exchange: Emulated) -> Row:
    """Change who minds the opt-out words of a number."""
    number = tidy(mode.number)
    if number not in exchange.settings.numbers:
        known = ", ".join(exchange.settings.numbers)
        raise HTTPException(400, f"number is {mode.number!r}; the service's numbers are {known}")
    exchange.memory.set_opt_out(number, mode.opt_out, send_type=mode.opt_out_type)
    return state_row(exchange.memory)


@router.post("/release")
async def release(exchange: Emulated) -> Row:
    """Let held texts go now."""
    exchange.release()
    return {"released": True}


@router.post("/reset")
async def reset(exchange: Emulated) -> Row:
    """Forget everything."""
    await exchange.reset()
    return {"reset": True}


@router.post("/next")
async def next_check_in(exchange: Emulated) -> JSONResponse:
    """Ask the demo's clock to go to the next check-in."""
    url = exchange.settings.clock_url
    if url is None:
        raise HTTPException(404, "No clock is connected: set CLOCK_URL to have one")
    return await _ask_clock(exchange, url)


async def _ask_clock(exchange: Exchange, url: str) -> JSONResponse:
    try:
        response = await exchange.http.post(url, json={"to": "next"}, timeout=CLOCK_SECONDS)
        return JSONResponse(response.json(), response.status_code)
    except httpx.TransportError as error:
        raise HTTPException(
            502, f"The clock cannot be reached ({type(error).__name__}): is the demo running?"
        ) from None
    except ValueError:
        raise HTTPException(502, f"The clock answered {response.status_code} without JSON") from None
