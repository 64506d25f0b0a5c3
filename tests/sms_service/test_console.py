"""The console: signing in, who sees what, and changing a schedule."""

from __future__ import annotations

import asyncio
import re
import time
from datetime import UTC, datetime

import pyotp
import pytest

from sms_service.runtime import new_id
from sms_service.staff import matching_step
from tests.sms_service.desk import EMAIL, PASSWORD, Dora, dora, proof

__all__ = ["dora"]


async def test_password_and_code_lead_to_the_programs(dora: Dora) -> None:
    await dora.hire()
    answer = await dora.sign_in()
    assert (answer.status_code, answer.headers["location"]) == (303, "/console")
    assert (await dora.web.get("/console")).headers["location"] == "/console/today"
    page = await dora.web.get("/console/programs")
    assert "Tidewater check-in" in page.text
    assert "(757) 555-0100" in page.text
    assert "Every Thursday at 12:15 PM, in each person&#39;s own time." in page.text


async def test_whichever_part_is_wrong_the_words_are_the_same(dora: Dora) -> None:
    await dora.hire()
    answers = [
        await dora.sign_in(password="another long password"),
        await dora.sign_in(code="000000" if dora.code() != "000000" else "000001"),
        await dora.sign_in(email="nobody@checkin.test"),
    ]
    told = {re.sub(r'value="[^"]*"', "", answer.text) for answer in answers}
    assert ([answer.status_code for answer in answers], len(told)) == ([401] * 3, 1)
    assert "checkin_session" not in dora.web.cookies


async def test_an_unknown_address_takes_about_as_long(dora: Dora) -> None:
    await dora.hire()

    async def taken(email: str) -> float:
        start = time.perf_counter()
        assert (await dora.sign_in(email=email, password="not the password")).status_code == 401
        return time.perf_counter() - start

    # In turns, so that a machine with much else to do slows both.
    unknown, known = zip(*[(await taken("nobody@checkin.test"), await taken(EMAIL)) for _ in range(4)], strict=True)
    assert min(unknown) > 0.4 * min(known)


@pytest.mark.parametrize(("off", "found"), [(-2, None), (-1, 999), (0, 1000), (1, 1001), (2, None)])
def test_a_code_may_be_one_step_off_and_no_more(off: int, found: int | None) -> None:
    secret, now = "A" * 32, datetime.fromtimestamp(30 * 1000 + 12, UTC)
    assert matching_step(secret, pyotp.TOTP(secret).at(30 * (1000 + off)), now) == found


@pytest.mark.parametrize(("steps", "status"), [(1, 303), (-3, 401), (3, 401)])
async def test_a_code_of_another_minute_does_not_open(dora: Dora, steps: int, status: int) -> None:
    await dora.hire()
    assert (await dora.sign_in(code=dora.code(steps))).status_code == status


async def test_a_code_works_once_even_when_sent_twice_at_once(dora: Dora) -> None:
    await dora.hire()
    code = dora.code()
    form = {"proof": proof(await dora.web.get("/console/sign-in")), "email": EMAIL, "password": PASSWORD, "code": code}
    answers = await asyncio.gather(*(dora.web.post("/console/sign-in", data=form) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [303, 401, 401]


async def test_an_earlier_code_is_refused_after_a_later_one(dora: Dora) -> None:
    await dora.hire()
    assert (await dora.sign_in(code=dora.code(1))).status_code == 303
    assert (await dora.sign_in(code=dora.code(0))).status_code == 401


@pytest.mark.parametrize("email", [EMAIL, "nobody@checkin.test"])
async def test_after_five_failures_nothing_is_checked_for_fifteen_minutes(dora: Dora, email: str) -> None:
    await dora.hire()
    for _ in range(5):
        assert (await dora.sign_in(email=email, password="not the password")).status_code == 401
    waiting = await dora.sign_in(email=email)
    assert waiting.status_code == 429
    assert "Wait 15 minutes" in waiting.text


async def test_fifteen_minutes_later_the_right_password_works_again(dora: Dora) -> None:
    await dora.hire()
    for _ in range(5):
        await dora.sign_in(password="not the password")
    await dora.rows("update sign_in_attempts set at = at - interval '14 minutes'")
    assert (await dora.sign_in()).status_code == 429
    await dora.rows("update sign_in_attempts set at = at - interval '1 minute'")
    assert (await dora.sign_in()).status_code == 303


async def test_tries_sent_at_once_are_counted_before_they_are_checked(dora: Dora) -> None:
    await dora.hire()
    page = await dora.web.get("/console/sign-in")
    form = {"proof": proof(page), "email": EMAIL, "password": "not the password", "code": "1"}
    answers = await asyncio.gather(*(dora.web.post("/console/sign-in", data=form) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 3


async def test_getting_in_clears_the_failures_before(dora: Dora) -> None:
    await dora.hire()
    for _ in range(4):
        await dora.sign_in(password="not the password")
    assert (await dora.sign_in()).status_code == 303
    # What failed still counts for the network it came from.
    own = dora.rt.vault.sign(b"sign-in:" + EMAIL.encode())
    left = [bytes(found) for (found,) in await dora.rows("select email_hash from sign_in_attempts")]  # type: ignore[call-overload]
    assert (len(left), len(set(left)), own in left) == (4, 1, False)


async def test_neither_token_nor_address_is_stored_in_clear(dora: Dora) -> None:
    await dora.enter()
    token = dora.web.cookies["checkin_session"].encode()
    await dora.sign_in(email="nobody@checkin.test")
    stored = await dora.rows("select token_hash from staff_sessions union all select email_hash from sign_in_attempts")
    assert len(stored) == 3  # of the try one for the address, one for the network
    assert all(token not in bytes(h) and b"nobody" not in bytes(h) for (h,) in stored)  # type: ignore[call-overload]


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(dora: Dora) -> None:
    await dora.hire()
    cookies = (await dora.sign_in()).headers.get_list("set-cookie")
    (session,) = [c for c in cookies if c.startswith("checkin_session=")]
    assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/console", "Max-Age=28800"} <= set(session.split("; "))


async def test_a_session_ends_after_eight_hours(dora: Dora) -> None:
    await dora.enter()
    await dora.rows("update staff_sessions set expires_at = expires_at - interval '8 hours'")
    assert (await dora.web.get("/console/programs")).headers["location"] == "/console/sign-in"
    assert "Sessions last 8 hours" in (await dora.web.get("/console/sign-in")).text


async def test_who_is_signed_in_is_not_asked_again(dora: Dora) -> None:
    await dora.enter()
    assert (await dora.web.get("/console/sign-in")).headers["location"] == "/console"


async def test_a_closed_account_is_out_at_once(dora: Dora) -> None:
    await dora.enter()
    await dora.rows("update staff set disabled_at = now()")
    assert (await dora.web.get("/console/programs")).status_code == 303
    assert (await dora.sign_in(code=dora.code(1))).status_code == 401


async def test_signing_out_ends_the_session_for_a_kept_cookie_too(dora: Dora) -> None:
    await dora.enter()
    token = dora.web.cookies["checkin_session"]
    page = await dora.web.get("/console/programs")
    await dora.web.post("/console/sign-out", data={"proof": proof(page)})
    assert "checkin_session" not in dora.web.cookies
    dora.web.cookies.set("checkin_session", token, path="/console")
    assert (await dora.web.get("/console/programs")).status_code == 303


@pytest.mark.parametrize("path", ["/console/sign-in", "/console/sign-out", "/console/programs/tide/schedule"])
async def test_a_form_without_the_proof_does_nothing(dora: Dora, path: str) -> None:
    await dora.enter()
    for value in ("", "0" * 64, "\N{BULLET}"):
        answer = await dora.web.post(path, data={"proof": value, "time": "09:00"})
        assert answer.status_code == 403
    assert await dora.rows("select version from programs") == [(1,)]
    assert (await dora.web.get("/console/programs")).status_code == 200


@pytest.mark.parametrize("origin", ["https://elsewhere.test", "null"])
async def test_a_form_from_another_site_does_nothing(dora: Dora, origin: str) -> None:
    await dora.enter()
    page = await dora.web.get("/console/programs/tide/schedule")
    form = {"proof": proof(page), "time": "09:00"}
    answer = await dora.web.post("/console/programs/tide/schedule", data=form, headers={"Origin": origin})
    assert answer.status_code == 403
    assert await dora.rows("select version from programs") == [(1,)]


async def test_a_form_of_our_own_origin_is_believed(dora: Dora) -> None:
    await dora.enter()
    form = {"proof": proof(await dora.web.get("/console/programs/tide/schedule")), "time": "09:00"}
    headers = {"Origin": dora.rt.settings.public_url}
    assert "Saved" in (await dora.web.post("/console/programs/tide/schedule", data=form, headers=headers)).text


async def test_a_form_too_large_or_unreadable_is_answered_plainly(dora: Dora) -> None:
    assert (await dora.web.post("/console/sign-in", content=b"a" * 20_000)).status_code == 413
    assert (await dora.web.post("/console/sign-in", content=b"a=\xff")).status_code == 400


@pytest.mark.parametrize("path", ["/console", "/console/programs", "/console/programs/tide/schedule"])
async def test_without_a_session_every_page_asks_to_sign_in(dora: Dora, path: str) -> None:
    dora.web.cookies.set("checkin_session", "made up", path="/console")
    assert (await dora.web.get(path)).headers["location"] == "/console/sign-in"


async def test_a_program_without_a_role_in_it_is_not_there(dora: Dora) -> None:
    await dora.enter(role="")
    assert "no role in a program" in (await dora.web.get("/console/programs")).text
    there, not_there = [await dora.web.get(f"/console/programs/{slug}") for slug in ("tide", str(new_id()))]
    assert (there.status_code, there.text) == (404, not_there.text)


async def test_a_support_lead_is_shown_the_calls_and_no_program(dora: Dora) -> None:
    await dora.enter(role="support_lead")
    assert (await dora.web.get("/console")).headers["location"] == "/console/calls"
    for path in ("/console/programs", "/console/programs/tide/schedule"):
        answer = await dora.web.get(path)
        assert (answer.status_code, "Your role does not include this." in answer.text) == (403, True)


async def test_a_session_ends_after_thirty_idle_minutes_and_not_before(dora: Dora) -> None:
    await dora.enter()
    for minutes, status in ((29, 200), (29, 200), (30, 303)):
        await dora.rows("update staff_sessions set seen_at = seen_at - make_interval(mins => :m)", m=minutes)
        assert (await dora.web.get("/console/programs")).status_code == status


async def test_the_language_that_was_chosen_stays(dora: Dora) -> None:
    await dora.enter()
    page = await dora.web.get("/console/programs?lang=es")
    assert '<html lang="es">' in page.text
    assert 'href="/console/programs?lang=en" lang="en"' in page.text
    assert ">Programas</a>" in (await dora.web.get("/console/programs")).text
    assert ">Programs</a>" in (await dora.web.get("/console/programs?lang=en")).text


async def test_a_changed_schedule_and_nothing_else_is_noted(dora: Dora) -> None:
    await dora.enter()
    form = {"proof": proof(await dora.web.get("/console/programs/tide/schedule")), "time": "09:00"}
    assert "Saved" in (await dora.web.post("/console/programs/tide/schedule", data=form)).text
    form["time"] = "25:00"
    assert (await dora.web.post("/console/programs/tide/schedule", data=form)).status_code == 422
    acts = await dora.rows("select act, program_id, about from audit order by n")
    assert acts == [("signed.in", None, ""), ("schedule.changed", dora.program, "")]


async def test_what_people_typed_is_shown_as_text(dora: Dora) -> None:
    await dora.enter()
    page = await dora.web.get("/console/programs")
    assert "Dora &lt;b&gt;Diaz&lt;/b&gt;" in page.text
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert (page.headers["cache-control"], page.headers["x-content-type-options"]) == ("no-store", "nosniff")
