"""Another phone for one's codes, and that nobody waits inside a transaction while a password is hashed."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import httpx
import pyotp
import pytest

from sms_service import passwords
from sms_service.runtime import Runtime
from tests import people
from tests.sms_service.desk import EMAIL, PASSWORD, Dora, dora, proof
from tests.sms_service.post_office import post_office
from tests.sms_service.test_console_accounts import FRESH, browser, enter, invited, send

__all__ = ["dora"]

_KEY = re.compile(r"<code>([A-Z2-7 ]{32,})</code>")
_SEALED = re.compile(r'name="sealed" value="([\w=-]+)"')
ME, FACTOR = "/console/me", "/console/me/factor"


class Late(Runtime):
    """The service a little over a quarter of an hour from now."""

    def real(self) -> datetime:
        return Runtime.real(self) + timedelta(minutes=15, seconds=1)


async def begin(web: httpx.AsyncClient, code: str) -> tuple[str, str]:
    """Ask for another phone; return the new secret and what carries it."""
    page = await send(web, FACTOR, ME, password=PASSWORD, code=code)
    secret, sealed = _KEY.search(page.text), _SEALED.search(page.text)
    assert secret, page.text
    assert sealed
    return secret[1].replace(" ", ""), sealed[1]


async def confirm(web: httpx.AsyncClient, sealed: str, code: str) -> httpx.Response:
    return await send(web, f"{FACTOR}/confirm", ME, sealed=sealed, code=code)


def shown(rt: Runtime, secret: str, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(rt.real() + timedelta(seconds=30 * steps))


async def test_a_new_phone_takes_the_old_ones_place_once_it_has_shown_a_code(dora: Dora) -> None:
    await dora.enter()
    async with post_office() as mail, browser(mail.reach(dora.rt)) as web, browser(dora.rt) as other:
        other.cookies = httpx.Cookies(dora.web.cookies)
        dora.web = web
        await dora.sign_in(code=dora.code(1))
        await dora.rows("update staff set totp_step = 0")
        secret, sealed = await begin(web, dora.code())
        assert (await other.get(ME)).status_code == 200
        assert await enter(dora.rt, EMAIL, PASSWORD, code=dora.code(1)) == 303  # nothing has changed yet
        refused = await confirm(web, sealed, "000000")
        assert (refused.status_code, _SEALED.findall(refused.text)) == (422, [sealed])
        used = shown(dora.rt, secret)
        answer = await confirm(web, sealed, used)
        assert answer.headers["location"] == f"{ME}?done=factor"
        assert "from the new phone" in (await web.get(answer.headers["location"])).text
        assert (await other.get(ME)).status_code == 303
    (letter,) = mail.letters
    assert (letter["To"], letter["Subject"]) == (EMAIL, "Another phone for the check-in line")
    assert ("factor.changed",) in await dora.rows("select act from audit")
    assert await enter(dora.rt, EMAIL, PASSWORD, code=dora.code(1)) == 401
    assert await enter(dora.rt, EMAIL, PASSWORD, code=used) == 401  # it confirmed the phone
    assert await enter(dora.rt, EMAIL, PASSWORD, code=shown(dora.rt, secret, 1)) == 303


async def test_a_recovery_code_will_do_in_place_of_the_lost_phones(dora: Dora) -> None:
    await dora.enter()
    codes = await send(dora.web, f"{ME}/codes", ME, password=PASSWORD, code=dora.code(1))
    first, second, *_ = re.findall(r"<code>(\w{4}-\w{4}-\w{4})</code>", codes.text)
    secret, sealed = await begin(dora.web, first)
    assert (await confirm(dora.web, sealed, shown(dora.rt, secret))).status_code == 303
    assert (await send(dora.web, FACTOR, ME, password=PASSWORD, code=first)).status_code == 422
    assert await enter(dora.rt, EMAIL, PASSWORD, recovery=second) == 303


@pytest.mark.parametrize("path", [FACTOR, f"{ME}/codes"])
async def test_a_stolen_session_and_the_password_are_not_enough(dora: Dora, path: str) -> None:
    await dora.hire()
    used, kept = dora.code(), "select totp_secret, (select count(*) from recovery_codes) from staff"
    assert (await dora.sign_in(code=used)).status_code == 303
    before = await dora.rows(kept)
    for code in ("", "000000", used):
        answer = await send(dora.web, path, ME, password=PASSWORD, code=code)
        assert (answer.status_code, "The password or the code isn&#39;t right" in answer.text) == (422, True)
    assert (await send(dora.web, path, ME, password="wrong", code=dora.code(1))).status_code == 422
    assert await dora.rows(kept) == before


async def test_what_carries_the_new_secret_is_good_once_for_one_session_and_a_quarter_of_an_hour(dora: Dora) -> None:
    await dora.enter()
    secret, sealed = await begin(dora.web, dora.code(1))
    async with browser(dora.rt) as other:
        await dora.rows("update staff set totp_step = 0")
        dora.web, first = other, dora.web
        await dora.sign_in(code=dora.code(1))
        assert (await confirm(other, sealed, shown(dora.rt, secret))).status_code == 422
    late = Late(dora.rt.settings, dora.rt.engine, dora.rt.vault)
    async with browser(late) as web:
        web.cookies = httpx.Cookies(first.cookies)
        answer = await confirm(web, sealed, shown(late, secret))
        assert (answer.status_code, "That took too long" in answer.text) == (422, True)
    for wrong in ("", "x", sealed[:40], sealed[:-8] + "AAAAAAAA"):
        assert (await confirm(first, wrong, shown(dora.rt, secret))).status_code == 422
    assert (await confirm(first, sealed, shown(dora.rt, secret))).status_code == 303
    assert (await confirm(first, sealed, shown(dora.rt, secret, 1))).status_code == 422


@contextmanager
def hashing_held() -> Iterator[None]:
    """Keep both threads that hash passwords busy, so that whoever needs one waits."""
    go, all_held, threads = threading.Event(), threading.Barrier(3), passwords._THREADS
    held = [threads.submit(lambda: (all_held.wait(), go.wait())) for _ in range(2)]
    all_held.wait()
    try:
        yield
    finally:
        go.set()
        for one in held:
            one.result()


async def _waits_outside(rt: Runtime, asked: asyncio.Task[httpx.Response]) -> None:
    """Wait until a request waits for a thread that hashes; no transaction may be open then."""
    while not passwords._THREADS._work_queue.qsize():
        assert not asked.done(), asked.result().text
        await asyncio.sleep(0.01)
    idle = "select count(*) from pg_stat_activity where datname = current_database() and state = 'idle in transaction'"
    assert await people.one(rt, idle) == 0


@pytest.mark.parametrize("path", ["password", "codes", "factor"])
async def test_no_transaction_is_open_while_a_password_is_checked(dora: Dora, path: str) -> None:
    await dora.enter()
    form = {"proof": proof(await dora.web.get(ME)), "password": PASSWORD, "code": dora.code(1), "new": FRESH}
    with hashing_held():
        asked = asyncio.create_task(dora.web.post(f"{ME}/{path}", data=form))
        await _waits_outside(dora.rt, asked)
    assert (await asked).status_code in {200, 303}


async def test_no_transaction_is_open_while_a_links_password_is_hashed(dora: Dora) -> None:
    await dora.enter("administrator")
    link = await invited(dora)
    async with browser(dora.rt) as web:
        page = await web.get(link)
        secret = _KEY.findall(page.text)[0].replace(" ", "")
        form = {"proof": proof(page), "name": "Eve", "password": FRESH, "code": shown(dora.rt, secret)}
        with hashing_held():
            asked = asyncio.create_task(web.post(link, data=form))
            await _waits_outside(dora.rt, asked)
        assert (await asked).status_code == 200
