"""Whoever coordinates reads every page, has one person do something, and reads every page again on the same day."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence

import httpx
import pytest

from sms_service import daily_figures, parting, programs
from sms_service.console.pages import PAGES
from sms_service.runtime import Runtime
from tests import people
from tests.sms_service.furnished import House, furnish

COORDINATOR = "coordinator"
PREVIEWS = (
    "/console/programs/tide/schedule?quiet_start=20:00",
    "/console/programs/tide/schedule?remind_1=12&remind_2=",
)
"""What a change of schedule would lead to: it is refused among few."""
ME = "/console/me"
_AGO = re.compile(rb"just now|one minute ago|\d+ minutes ago")
"""Since when whoever reads is signed in, and when they were last here: this changes while they read."""


@pytest.fixture
async def house(rt: Runtime) -> House:
    """Ada is in; so is whoever joins."""
    return await furnish(rt)


async def read(house: House, web: httpx.AsyncClient) -> Mapping[str, bytes]:
    """Return everything a coordinator is shown, by address. A session's proof is the same all along."""
    paths = [house.address(one.path) for one in PAGES if one.method == "GET" and COORDINATOR in one.roles]
    shown = {}
    for path in (*paths, *PREVIEWS):
        answer = await web.get(path)
        assert answer.status_code in {200, 303}, path
        shown[path] = answer.content + answer.headers.get("location", "").encode()
    shown[ME] = _AGO.sub(b"", shown[ME])
    return shown


async def differing(house: House, before: Mapping[str, bytes], web: httpx.AsyncClient) -> list[str]:
    """Count again, as happens each minute, and return the addresses that show something else than before."""
    await daily_figures.count(house.rt)
    after = await read(house, web)
    assert after.keys() == before.keys()
    return [path for path in before if before[path] != after[path]]


@pytest.mark.parametrize("enrolled", [15, None], ids=["just enough", "too few"])
@pytest.mark.parametrize(
    ("number", "acts"),
    [
        (people.BEN, people.JOINING),
        (people.ADA, ["PAUSE", "1"]),
        (people.ADA, ["STOP"]),
        (people.ADA, ["ERASE ALL", "1"]),
        (people.ADA, ["CALLME", "1"]),
        (people.ADA, ["CHECKIN", "1", "1", "1", "1"]),
        (people.ADA, ["I want to kill myself"]),
        (people.ADA, ["DAY", "Saturday", "9:00 AM"]),
        (people.ADA, ["MONTHLY"]),
    ],
    ids=["joins", "rests", "stops", "erases", "asks for a call", "answers", "in danger", "day", "monthly"],
)
async def test_no_page_changes_with_what_one_person_does(
    house: House, number: str, acts: Sequence[str], enrolled: int | None
) -> None:
    await daily_figures.count(house.rt)
    await people.counted(house.rt, enrolled)
    async with house.browser(COORDINATOR) as web:
        before = await read(house, web)
        await people.texts(house.rt, acts, number=number)
        assert await differing(house, before, web) == []


@pytest.mark.parametrize("enrolled", [15, None], ids=["just enough", "too few"])
@pytest.mark.parametrize("number", [people.ADA, people.BEN], ids=["who is in", "a stranger"])
@pytest.mark.parametrize("verb", [parting.remove, parting.change_number])
async def test_no_page_changes_when_a_number_is_taken_out(
    house: House, verb: Callable[..., Awaitable[None]], number: str, enrolled: int | None
) -> None:
    await daily_figures.count(house.rt)
    await people.counted(house.rt, enrolled)
    async with house.browser(COORDINATOR) as web:
        before = await read(house, web)
        async with house.rt.begin() as (connection, now):
            await verb(house.rt, connection, await programs.find(connection, "tide"), number, now)
        assert await differing(house, before, web) == []
