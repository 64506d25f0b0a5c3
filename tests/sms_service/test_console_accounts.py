"""Accounts: inviting, taking up a link, a lost password or phone, roles, closing, one's own page."""

from __future__ import annotations

import asyncio
import csv
import io
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import httpx
import pyotp
import pytest
from fastapi import FastAPI
from markupsafe import escape

from sms_service import audit, console, staff_links
from sms_service.runtime import Runtime
from sms_service.staff import Invited
from tests import people
from tests.sms_service.desk import EMAIL, PASSWORD, Dora, dora, proof
from tests.sms_service.furnished import House, furnish
from tests.sms_service.post_office import PostOffice, post_office
from tests.sms_service.served import here, serve

__all__ = ["dora"]

EVE, FRESH = "eve@checkin.test", "four words of no kin"
INVITATION = {"email": EVE, "name": "Eve Evans", "program": "tide", "role": "coordinator"}
_KEY = re.compile(r"<code>([A-Z2-7 ]{32,})</code>")
_LINK = re.compile(r"https://checkin\.test(/console/link/[\w-]+)")


@pytest.fixture
async def house(rt: Runtime) -> House:
    return await furnish(rt)


@pytest.fixture
async def mail() -> AsyncIterator[PostOffice]:
    async with post_office() as office:
        yield office


def browser(rt: Runtime) -> httpx.AsyncClient:
    app = FastAPI()
    app.include_router(console.routes(rt))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=rt.settings.public_url)


async def send(web: httpx.AsyncClient, path: str, form: str = "", **values: str) -> httpx.Response:
    """Fill in the form of a page and send it."""
    return await web.post(path, data={"proof": proof(await web.get(form or path)), **values})


async def invited(dora: Dora, **changes: str) -> str:
    """Have Dora invite somebody; return the link's address as the page shows it."""
    page = await send(dora.web, "/console/staff/invite", **{**INVITATION, **changes})
    found = _LINK.search(page.text)
    assert found, page.text
    return found[1]


async def take_up(rt: Runtime, link: str, **changes: str) -> tuple[httpx.Response, str]:
    """Follow a link in a browser of one's own; return the answer and the new second factor's secret."""
    async with browser(rt) as web:
        page = await web.get(link)
        secret = "".join(_KEY.findall(page.text)).replace(" ", "")
        code = pyotp.TOTP(secret).at(rt.real()) if secret else ""
        values = {"name": "Eve Evans", "password": FRESH, "code": code, **changes}
        return await web.post(link, data={"proof": proof(page), **values}), secret


async def enter(rt: Runtime, email: str, password: str, **factor: str) -> int:
    """Try to sign in; return the status."""
    async with browser(rt) as web:
        form = await web.get("/console/sign-in")
        given = {"proof": proof(form), "email": email, "password": password, **factor}
        return (await web.post("/console/sign-in", data=given)).status_code


async def test_who_is_invited_makes_an_account_and_is_in(dora: Dora) -> None:
    await dora.enter("administrator")
    answer, secret = await take_up(dora.rt, await invited(dora))
    codes = re.findall(r"<code>(\w{4}-\w{4}-\w{4})</code>", answer.text)
    assert (answer.status_code, len(set(codes))) == (200, 10)
    assert any(c.startswith("checkin_session=") for c in answer.headers.get_list("set-cookie"))
    assert await dora.rows("select r.role from staff s join staff_roles r on r.staff_id = s.id where email = :e", e=EVE)
    code = pyotp.TOTP(secret).at(dora.rt.real().timestamp() + 30)
    assert await enter(dora.rt, EVE, FRESH, code=code) == 303
    acts = [act for (act,) in await dora.rows("select act from audit order by n")]
    assert acts == ["signed.in", "account.invited", "invitation.accepted", "signed.in"]


async def test_a_link_works_once_also_when_it_is_used_twice_at_once(dora: Dora) -> None:
    await dora.enter("administrator")
    link = await invited(dora)
    async with browser(dora.rt) as web:
        page = await web.get(link)
        secret = _KEY.findall(page.text)[0].replace(" ", "")
        form = {"name": "Eve", "password": FRESH, "code": pyotp.TOTP(secret).at(dora.rt.real()), "proof": proof(page)}
        answers = await asyncio.gather(*(web.post(link, data=form) for _ in range(3)))
        assert sorted(answer.status_code for answer in answers) == [200, 404, 404]
        assert (await web.get(link)).status_code == 404


async def test_looking_at_a_link_does_not_use_it_up(dora: Dora) -> None:
    await dora.enter("administrator")
    link = await invited(dora)
    for _ in range(3):
        assert (await dora.web.get(link)).status_code == 200
    page = await dora.web.get(link)
    assert page.headers["referrer-policy"] == "strict-origin"
    assert page.headers["cache-control"] == "no-store"


async def test_after_three_days_or_a_newer_invitation_a_link_is_over(dora: Dora) -> None:
    await dora.enter("administrator")
    first, second = await invited(dora), await invited(dora)
    assert [(await dora.web.get(link)).status_code for link in (first, second)] == [404, 200]
    await dora.rows("update staff_links set expires_at = expires_at - interval '71 hours 59 minutes'")
    assert (await dora.web.get(second)).status_code == 200
    await dora.rows("update staff_links set expires_at = expires_at - interval '1 minute'")
    assert (await dora.web.get(second)).status_code == 404


async def test_no_token_is_stored_in_clear(dora: Dora) -> None:
    await dora.enter("administrator")
    link = await invited(dora)
    stored = str(await dora.rows("select * from staff_links")) + str(await dora.rows("select * from audit"))
    assert link.rpartition("/")[2] not in stored


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", " ", "Write the name that others here know you by"),
        ("password", "too short", "needs 12 characters or more"),
        ("password", "aaaaaaaaaaaaaaaa", "easy to guess"),
        ("password", "eve and eve and eve", "easy to guess"),
        ("code", "000", "not the code your app shows now"),
    ],
)
async def test_what_is_wrong_is_said_beside_the_field_and_the_link_stays(
    dora: Dora, field: str, value: str, said: str
) -> None:
    await dora.enter("administrator")
    link = await invited(dora)
    answer, _ = await take_up(dora.rt, link, **{field: value})
    assert answer.status_code == 422
    assert f'id="{field}-fault"' in answer.text
    assert said in answer.text
    assert f'href="#{field}"' in answer.text
    assert (await take_up(dora.rt, link))[0].status_code == 200


@pytest.mark.parametrize(
    "changes", [{"email": "no address"}, {"role": "support_lead"}, {"role": ""}, {"program": "another"}]
)
async def test_a_wrong_invitation_is_refused(dora: Dora, changes: dict[str, str]) -> None:
    await dora.enter("administrator")
    assert (await send(dora.web, "/console/staff/invite", **{**INVITATION, **changes})).status_code == 422
    assert await dora.rows("select 1 from staff_links") == []


async def test_who_has_an_account_gets_a_role_only_by_taking_it(house: House) -> None:
    other, account = "elsewhere.coordinator@checkin.test", house.staff["coordinator elsewhere"]
    held = "select role from staff_roles where staff_id = :s order by 1"
    async with house.browser("administrator") as web:
        answer = await send(web, "/console/staff/invite", **{**INVITATION, "email": other, "role": "auditor"})
        assert "nothing is changed yet" in answer.text
        link = _LINK.search(answer.text)
        assert await people.rows(house.rt, held, s=account) == [("coordinator",)]
        for taken in ("elsewhere.support_lead@checkin.test", "administrator@checkin.test"):
            answer = await send(web, "/console/staff/invite", **{**INVITATION, "email": taken})
            assert (answer.status_code, "can&#39;t be given a role here" in answer.text) == (422, True)
    assert link
    async with house.browser("coordinator elsewhere") as theirs:
        assert (await send(theirs, link[1])).status_code == 303
    assert await people.rows(house.rt, held, s=account) == [("auditor",), ("coordinator",)]


async def test_an_invitation_takes_no_role_away_that_somebody_has(house: House) -> None:
    second, auditor = house.staff["auditor"], {**INVITATION, "email": "auditor@checkin.test", "role": "coordinator"}
    await people.rows(
        house.rt, "update staff_roles set role = 'administrator' where staff_id = :s returning 1", s=second
    )
    async with house.browser("administrator") as web:
        answer = await send(web, "/console/staff/invite", **auditor)
        assert (answer.status_code, "has a role in this program already" in answer.text) == (422, True)
    assert await people.rows(house.rt, "select role from staff_roles where staff_id = :s", s=second) == [
        ("administrator",)
    ]


async def test_the_log_names_the_role_that_was_offered_taken_changed_or_taken_away(house: House) -> None:
    account = f"/console/staff/{house.staff['coordinator']}"
    async with house.browser("administrator") as web:
        link = _LINK.search((await send(web, "/console/staff/invite", **{**INVITATION, "role": "auditor"})).text)
        assert link
        await take_up(house.rt, link[1])
        await send(web, f"{account}/role", account, program="tide", role="auditor")
        await send(web, f"{account}/role", account, program="tide", role="")
        page, table = (await web.get("/console/audit")).text, (await web.get("/console/audit.csv")).text
    name = await people.one(house.rt, "select name from staff where id = :s", s=house.staff["coordinator"])
    for role in ("Auditor", "No role"):
        assert f"{escape(str(name))}: {role}</td>" in page
    rows = [(act, about) for _, _, act, _, about in csv.reader(io.StringIO(table)) if not act.endswith(".read")]
    assert rows[1:5] == [
        ("role.changed", f"{name}: No role"),
        ("role.changed", f"{name}: Auditor"),
        ("invitation.accepted", "Auditor"),
        ("account.invited", "Auditor"),
    ]


async def test_who_made_an_account_by_one_invitation_takes_a_second_ones_role_with_it(house: House) -> None:
    async with house.browser("administrator") as web, house.browser("administrator elsewhere") as other:
        first = _LINK.search((await send(web, "/console/staff/invite", **INVITATION)).text)
        second = _LINK.search(
            (await send(other, "/console/staff/invite", **{**INVITATION, "program": "dune", "role": "auditor"})).text
        )
    assert first
    assert second
    _, secret = await take_up(house.rt, first[1])
    async with browser(house.rt) as web:
        page = await web.get(second[1])
        assert "Sign in to that account first" in page.text
        refused = await web.post(second[1], data={"proof": proof(await web.get("/console/sign-in"))})
        assert "Sign in to that account first" in refused.text
        code = pyotp.TOTP(secret).at(house.rt.real().timestamp() + 30)
        form = {"proof": proof(await web.get("/console/sign-in")), "email": EVE, "password": FRESH, "code": code}
        assert (await web.post("/console/sign-in", data=form)).status_code == 303
        assert (await send(web, second[1])).status_code == 303
        assert (await web.get("/console/audit")).status_code == 200
        assert (await web.get(second[1])).status_code == 404
    held = "select r.role from staff s join staff_roles r on r.staff_id = s.id where email = :e order by 1"
    assert await people.rows(house.rt, held, e=EVE) == [("auditor",), ("coordinator",)]


async def test_a_role_that_excludes_one_held_is_not_taken(house: House) -> None:
    lead, dune = "support_lead", await people.one(house.rt, "select id from programs where slug = 'dune'")
    invited = Invited(f"{lead}@checkin.test", "Lee", "auditor")
    async with house.rt.begin() as (connection, _):
        link = await staff_links.invite(house.rt, connection, invited, UUID(str(dune)), None)
    path = link.removeprefix(house.rt.settings.public_url)
    async with house.browser(lead) as web:
        answer = await send(web, path)
        assert (answer.status_code, "can&#39;t be given this role" in answer.text) == (422, True)
    assert len(await people.rows(house.rt, "select 1 from staff_roles where staff_id = :s", s=house.staff[lead])) == 1


async def test_a_letter_goes_out_where_mail_is_set_up_and_then_the_link_is_not_shown(
    house: House, mail: PostOffice
) -> None:
    house = replace(house, rt=mail.reach(house.rt))
    async with house.browser("administrator", "es") as web:
        page = await send(web, "/console/staff/invite", **{**INVITATION, "email": "lia@checkin.test"})
    assert "lia@checkin.test" in page.text
    assert not _LINK.search(page.text)
    (letter,) = mail.letters
    assert (letter["To"], letter["Subject"]) == ("lia@checkin.test", "Su cuenta para la línea de chequeo")
    found = _LINK.search(letter.get_content().replace("=\n", ""))
    assert found
    assert (await take_up(house.rt, found[1]))[0].status_code == 200


async def test_a_letter_is_sent_when_its_link_is_stored_and_nothing_waits_for_the_mail_server(
    house: House, mail: PostOffice
) -> None:
    seen: list[object] = []

    async def look() -> None:
        stored = "select count(*) from staff_links where email = 'lia@checkin.test'"
        idle = """select count(*) from pg_stat_activity
            where datname = current_database() and state = 'idle in transaction'"""
        seen.append((await people.one(house.rt, stored), await people.one(house.rt, idle)))

    mail.looks = look
    house = replace(house, rt=mail.reach(house.rt))
    async with house.browser("administrator") as web:
        await send(web, "/console/staff/invite", **{**INVITATION, "email": "lia@checkin.test"})
    assert seen == [(1, 0)]


async def test_a_letter_that_is_refused_is_told_and_the_link_shown(house: House, mail: PostOffice) -> None:
    mail.refuses = True
    house = replace(house, rt=mail.reach(house.rt))
    async with house.browser("administrator") as web:
        page = await send(web, "/console/staff/invite", **{**INVITATION, "email": "lia@checkin.test"})
    assert "The mail server did not take the letter" in page.text
    assert _LINK.search(page.text)


@pytest.mark.parametrize("email", [EMAIL, "nobody@checkin.test", "not an address"])
async def test_the_answer_to_a_forgotten_password_is_the_same(dora: Dora, mail: PostOffice, email: str) -> None:
    await dora.hire()
    async with browser(mail.reach(dora.rt)) as web:
        page = await send(web, "/console/forgotten", email=email)
        assert (page.status_code, "If the address has an account" in page.text) == (200, True)
        again = await send(web, "/console/forgotten", email=email)
    assert (again.text, email in page.text) == (page.text, False)
    assert len(mail.letters) == (email == EMAIL)  # and a second letter within minutes to nobody


async def test_a_mailbox_alone_does_not_open_the_door(dora: Dora, mail: PostOffice) -> None:
    await dora.enter()
    async with browser(mail.reach(dora.rt)) as web:
        await send(web, "/console/forgotten", email=f" {EMAIL.upper()} ")
    found = _LINK.search(mail.letters[0].get_content().replace("=\n", ""))
    assert found
    answer, secret = await take_up(dora.rt, found[1])
    assert (answer.status_code, secret) == (200, "")
    assert not any(c.startswith("checkin_session=") for c in answer.headers.get_list("set-cookie"))
    assert (await dora.web.get("/console/programs")).status_code == 303  # signed out everywhere
    assert await enter(dora.rt, EMAIL, PASSWORD, code=dora.code(1)) == 401
    assert await enter(dora.rt, EMAIL, FRESH, code="") == 401
    assert await enter(dora.rt, EMAIL, FRESH, code=dora.code(1)) == 303


async def test_where_no_mail_is_set_up_nothing_is_promised(dora: Dora) -> None:
    await dora.hire()
    page = await dora.web.get("/console/forgotten")
    assert "Ask an administrator" in page.text
    form = {"proof": proof(await dora.web.get("/console/sign-in")), "email": EMAIL}
    assert "is on its way" not in (await dora.web.post("/console/forgotten", data=form)).text
    assert await dora.rows("select 1 from staff_links") == []


async def test_an_administrator_makes_a_new_way_in(house: House) -> None:
    account = f"/console/staff/{house.staff['coordinator']}"
    async with house.browser("administrator") as web, house.browser("coordinator") as theirs:
        page = await send(web, f"{account}/link", account)
        found = _LINK.search(page.text)
        assert found
        assert (await theirs.get("/console/programs")).status_code == 200
        answer, secret = await take_up(house.rt, found[1])
        assert (answer.status_code, len(secret)) == (200, 32)
        assert (await theirs.get("/console/programs")).status_code == 303
    code = pyotp.TOTP(secret).at(house.rt.real().timestamp() + 30)
    assert await enter(house.rt, "coordinator@checkin.test", FRESH, code=code) == 303


async def test_closing_an_account_ends_it_at_once_and_opening_brings_it_back(house: House) -> None:
    account = f"/console/staff/{house.staff['coordinator']}"
    async with house.browser("administrator") as web, house.browser("coordinator") as theirs:
        link = _LINK.search((await send(web, f"{account}/link", account)).text)
        assert link
        for word in ("", "no", "cerrar"):
            asked = await send(web, f"{account}/close", account, sure=word)
            assert (asked.status_code, "the word is close" in asked.text) == (422, True)
        assert (await theirs.get("/console/programs")).status_code == 200
        closed = await send(web, f"{account}/close", account, sure=" Close ")
        assert closed.headers["location"] == f"{account}?done=closed"
        assert (await theirs.get("/console/programs")).status_code == 303
        assert (await web.get(link[1])).status_code == 404
        assert (await send(web, f"{account}/link", account)).status_code == 422
        assert (await send(web, f"{account}/open", account)).headers["location"] == f"{account}?done=opened"
    async with house.browser("coordinator") as theirs:
        assert (await theirs.get("/console/programs")).status_code == 200


async def test_a_role_is_changed_and_taken_away(house: House) -> None:
    account, form = f"/console/staff/{house.staff['coordinator']}", {"program": "tide"}
    async with house.browser("administrator") as web, house.browser("coordinator") as theirs:
        await send(web, f"{account}/role", account, **form, role="auditor")
        assert (await theirs.get("/console/audit")).status_code == 200
        assert (await send(web, f"{account}/role", account, **form, role="support_lead")).status_code == 422
        assert (await send(web, f"{account}/role", account, program="dune", role="auditor")).status_code == 422
        assert (await send(web, f"{account}/role", account, **form, role="")).headers["location"].endswith("?done=role")
        assert (await theirs.get("/console/audit")).status_code == 403


@pytest.mark.parametrize("act", ["role", "close", "open", "link"])
@pytest.mark.parametrize("whose", ["administrator", "support_lead", "both"])
async def test_nobody_changes_their_own_a_leads_or_what_is_not_wholly_theirs(
    house: House, act: str, whose: str
) -> None:
    """An administrator who could mend a lead's way in could read whom that lead calls."""
    ids = {**house.staff, "both": house.staff["auditor"]}
    await people.rows(
        house.rt,
        "insert into staff_roles select :s, id, 'auditor' from programs where slug = 'dune' returning role",
        s=ids["both"],
    )
    async with house.browser("administrator") as web:
        form = {"proof": house.proof(web, "/console/staff"), "program": "tide", "role": "auditor"}
        answer = await web.post(f"/console/staff/{ids[whose]}/{act}", data=form)
    assert answer.status_code == (303 if (whose, act) == ("both", "role") else 403)
    assert await people.rows(house.rt, "select 1 from staff_links where kind = 'reset'") == []


async def _codes(dora: Dora, code: str = "") -> list[str]:
    code = code or dora.code(1)
    page = await send(dora.web, "/console/me/codes", "/console/me", password=PASSWORD, code=code)
    return re.findall(r"<code>(\w{4}-\w{4}-\w{4})</code>", page.text)


async def test_a_recovery_code_opens_the_door_once(dora: Dora) -> None:
    await dora.enter()
    first, second, *_ = await _codes(dora)
    assert await enter(dora.rt, EMAIL, "not the password", recovery=first) == 401
    opened = await asyncio.gather(*(enter(dora.rt, EMAIL, PASSWORD, recovery=first) for _ in range(3)))
    assert sorted(opened) == [303, 401, 401]
    assert await enter(dora.rt, EMAIL, PASSWORD, recovery=second.upper().replace("-", " ")) == 303
    assert "You have 8 codes left" in (await dora.web.get("/console/me")).text


async def test_new_codes_end_the_old_ones_and_are_nobody_elses(dora: Dora) -> None:
    await dora.enter()
    old, spent, *_ = await _codes(dora)
    new = (await _codes(dora, spent))[0]
    await dora.hire(email="second@checkin.test")
    assert await enter(dora.rt, "second@checkin.test", PASSWORD, recovery=new) == 401
    assert await enter(dora.rt, EMAIL, PASSWORD, recovery=old) == 401
    assert await enter(dora.rt, EMAIL, PASSWORD, recovery=new) == 303
    stored = str(await dora.rows("select code_hash from recovery_codes"))
    assert not any(code in stored for code in (old, new))


async def test_a_new_password_signs_out_elsewhere_and_is_noted(dora: Dora) -> None:
    await dora.enter()
    async with browser(dora.rt) as other:
        other.cookies = httpx.Cookies(dora.web.cookies)
        await dora.sign_in(code=dora.code(1))
        answer = await send(dora.web, "/console/me/password", "/console/me", password="wrong", new=FRESH)
        assert (answer.status_code, "not your present password" in answer.text) == (422, True)
        answer = await send(dora.web, "/console/me/password", "/console/me", password=PASSWORD, new="short")
        assert (answer.status_code, "needs 12 characters" in answer.text) == (422, True)
        answer = await send(dora.web, "/console/me/password", "/console/me", password=PASSWORD, new=FRESH)
        assert answer.headers["location"] == "/console/me?done=password"
        assert (await other.get("/console/programs")).status_code == 303
    assert (await dora.web.get("/console/me")).status_code == 200
    assert ("password.changed",) in await dora.rows("select act from audit")


async def test_a_stolen_session_cannot_try_passwords_without_end(dora: Dora) -> None:
    await dora.enter()
    for _ in range(5):
        await send(dora.web, "/console/me/codes", "/console/me", password="a guess", code=dora.code(1))
    answer = await send(dora.web, "/console/me/codes", "/console/me", password=PASSWORD, code=dora.code(1))
    assert "too many tries" in answer.text
    assert await dora.rows("select 1 from recovery_codes") == []


async def test_sessions_are_listed_and_ended(dora: Dora) -> None:
    await dora.enter()
    first = httpx.Cookies(dora.web.cookies)
    await dora.sign_in(code=dora.code(1))
    page = (await dora.web.get("/console/me")).text
    assert page.count("End it") == 1
    other = re.search(r'name="session" value="([0-9a-f-]{36})"', page)
    assert other
    await send(dora.web, "/console/me/sessions", "/console/me", session=other[1])
    async with browser(dora.rt) as web:
        web.cookies = first
        assert (await web.get("/console/programs")).status_code == 303
    assert "End it" not in (await dora.web.get("/console/me")).text


async def test_nobody_ends_the_session_of_somebody_else(house: House) -> None:
    async with house.browser("coordinator") as web, house.browser("auditor") as theirs:
        ((session,),) = await people.rows(
            house.rt, "select id from staff_sessions where staff_id = :s", s=house.staff["auditor"]
        )
        await send(web, "/console/me/sessions", "/console/me", session=str(session))
        await send(web, "/console/me/sessions", "/console/me", session="others")
        assert (await theirs.get("/console/programs")).status_code == 200


async def test_name_and_language_are_kept(dora: Dora) -> None:
    await dora.enter()
    answer = await send(dora.web, "/console/me", name=" Dora Diaz ", language="es")
    assert answer.headers["location"] == "/console/me?done=changed"
    assert ">Programas</a>" in (await dora.web.get("/console/me")).text
    assert await dora.rows("select name, language from staff") == [("Dora Diaz", "es")]
    await dora.sign_in(code=dora.code(1))  # with all cookies gone
    assert ">Programas</a>" in (await dora.web.get("/console/me")).text
    assert (await send(dora.web, "/console/me", name="", language="fr")).status_code == 422


async def test_signing_in_and_out_and_failing_are_noted_where_there_is_an_account(dora: Dora) -> None:
    await dora.hire()
    await dora.sign_in(password="not the password")
    await dora.sign_in(code="000000")
    await dora.sign_in(email="nobody@checkin.test")
    await dora.sign_in()
    await send(dora.web, "/console/sign-out", "/console/programs")
    acts = await dora.rows("select a.act, s.email from audit a left join staff s on s.id = a.staff_id order by a.n")
    assert acts == [(act, EMAIL) for act in ("sign-in.failed", "sign-in.failed", "signed.in", "signed.out")]
    async with dora.rt.begin() as (connection, _):
        assert (await audit.verify(connection)).broken is None


async def test_no_log_of_the_service_tells_a_token(dora: Dora, tmp_path: Path) -> None:
    """Also where it fails: a link is a key until it is used."""
    await dora.enter("administrator")
    link, log = await invited(dora), tmp_path / "said"
    with serve(here(dora.rt.settings, secret_key=dora.rt.settings.secret_key), log) as process:
        async with httpx.AsyncClient(base_url=process.url) as web:
            page = await web.get(link)
            assert page.status_code == 200
            wrong = {"proof": proof(page), "name": "Eve", "password": FRESH}
            assert (await web.post(link, data=wrong)).status_code == 422
            await dora.rows("update staff_links set totp_secret = 'not sealed'")
            assert (await web.get(link)).status_code == 500
    said = log.read_text()
    assert "VaultError" in said
    assert link.rpartition("/")[2] not in said
    assert FRESH not in said
