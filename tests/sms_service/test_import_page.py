"""Inviting the people of a list: looked over, printed, downloaded, texted with consent, and nothing of it kept."""

from __future__ import annotations

import csv
import io
import mailbox
import re
import threading
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import ClassVar
from uuid import UUID

import httpx
import pytest
import respx
from sqlalchemy import text as sql
from sqlalchemy.exc import IntegrityError
from starlette.requests import Request
from starlette.responses import Response

from sms_service import documented, invitation_list
from sms_service.console import import_page
from sms_service.console.sessions import Session
from sms_service.console.visit import Visit
from sms_service.documented import Record
from sms_service.programs import ProgramError, load
from sms_service.runtime import new_id
from sms_service.twilio.client import Gateway
from sms_service.vault import Vault
from tests import people
from tests.sms_service.desk import Dora, dora, proof
from tests.sms_service.test_opt_in import NOON, deliver, twilio

__all__ = ["dora", "twilio"]
PAGE = "/console/programs/tide/import"
LIST = """Name;E-mail;Cell phone
Ada Lovelace;ada@example.org;(757) 555-0111
"<script>alert(1)</script>";ben@example.org;757-555-0122
=1+1;;8005550199
"""
CONSENT = {"who": "HR", "on": "2026-03-12", "how": "paper", "each": "yes"}
EVERYWHERE = ("invitation_files", "invitations", "participants", "consents", "outbox")


async def send(dora: Dora, way: str = "print", step: str = "check", rows: str = LIST, **form: str) -> httpx.Response:
    values = {"proof": proof(await dora.web.get(PAGE)), "way": way, "step": step, "language": "en", **form}
    return await dora.web.post(PAGE, data=values, files={"file": ("staff.csv", rows.encode(), "text/csv")})


async def written(dora: Dora) -> list[object]:
    return [(await dora.rows(f"select count(*) from {table}"))[0][0] for table in EVERYWHERE]  # noqa: S608


@pytest.mark.parametrize("way", ["print", "mail", "text"])
async def test_looking_a_list_over_keeps_nothing_of_it(dora: Dora, way: str) -> None:
    await dora.enter("administrator")
    page = await send(dora, way)
    assert page.status_code == 200
    assert "2 of 3 rows can be used. Left out: 1." in page.text
    assert "Columns used" in page.text
    assert "<script>alert" not in page.text
    assert await written(dora) == [0, 0, 0, 0, 0]
    dumped = str([await dora.rows("select * from audit"), await dora.rows("select * from staff_sessions")])
    assert not re.search("5550111|555-0111", dumped)
    assert "Lovelace" not in dumped


async def test_what_is_shown_can_be_sent_back_as_it_is(dora: Dora) -> None:
    """The page carries the list itself; a file is not needed a second time."""
    await dora.enter()
    page = await send(dora)
    found = re.search(r'<textarea name="sheet" hidden[^>]*>\n(.*?)</textarea>', page.text, re.DOTALL)
    assert found
    back = {"proof": proof(page), "way": "print", "step": "cards", "sheet": unescape(found[1]), "language": "es"}
    cards = await dora.web.post(PAGE, data=back)
    assert cards.text.count('class="card"') == 2
    assert "Ada Lovelace" in cards.text
    assert "UNIRME" in cards.text
    assert "&lt;script&gt;alert(1)" in cards.text
    assert cards.headers["cache-control"] == "no-store"


async def test_many_cards_are_shown_in_parts(dora: Dora) -> None:
    await dora.enter()
    rows = "Name\n" + "".join(f"Person {n}\n" for n in range(1, 1002))
    page = (await send(dora, rows=rows)).text
    assert re.findall(r'<option value="(\d+)">([^<]+)', page.partition('id="part"')[2]) == [
        ("0", "1–800"),
        ("800", "801–1001"),
    ]
    cards = (await send(dora, step="cards", rows=rows, part="800")).text
    assert cards.count('class="card"') == 201
    assert "Person 801<" in cards
    for odd in ("x", "-1", "²", "9" * 30):
        assert (await send(dora, step="cards", rows=rows, part=odd)).text.count('class="card"') == 800


async def test_what_was_left_out_can_be_downloaded_without_a_formula_in_it(dora: Dora) -> None:
    await dora.enter()
    answer = await send(dora, step="refused")
    assert answer.headers["content-disposition"] == 'attachment; filename="left-out.csv"'
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[1:] == [["4", "'=1+1", "It begins like a formula of a spreadsheet (=, +, - or @)."]]


async def test_the_emails_open_in_a_mail_program(dora: Dora, tmp_path: Path) -> None:
    await dora.enter()
    rows = "Name,E-mail\nZoë From,ada@example.org\n,ben@example.org\n"
    answer = await send(dora, "mail", "mbox", rows)
    (tmp_path / "m").write_bytes(answer.content)
    with closing(mailbox.mbox(tmp_path / "m")) as box:
        mails = list(box)
    assert [mail["To"] for mail in mails] == ["ada@example.org", "ben@example.org"]
    assert {mail["From"] for mail in mails} == {"dora@checkin.test"}
    said = [(mail.get_payload(decode=True) or b"").decode() for mail in mails]  # type: ignore[union-attr]
    assert said[0].startswith("Hello Zoë From,\n")
    assert said[1].startswith("Hello,\n")
    assert all("JOIN" in words and "988" in words and "STOP" in words for words in said)
    merge = await send(dora, "mail", "merge", rows)
    assert list(csv.reader(io.StringIO(merge.content.decode("utf-8-sig"))))[1] == ["Zoë From", "ada@example.org"]


async def test_a_list_too_long_for_one_file_of_emails_is_for_mail_merge(dora: Dora) -> None:
    await dora.enter()
    rows = "E-mail\n" + "".join(f"p{n}@example.org\n" for n in range(2001))
    assert "Download the e-mails" not in (await send(dora, "mail", rows=rows)).text
    assert (await send(dora, "mail", "mbox", rows)).headers["content-disposition"].endswith('"mail-merge.csv"')


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("", "There is nothing in the list"),
        ("Badge<b>,Ward\n1,2\n", "There is no column 'name'. The first line has: Badge&lt;b&gt;, Ward."),
        ('Name\n"Ada' + "\nx" * 20, "Line 2 opens a quotation mark that is not closed"),
    ],
)
async def test_a_list_that_cannot_be_used_is_told_beside_the_field(dora: Dora, rows: str, says: str) -> None:
    await dora.enter()
    answer = await send(dora, rows=rows)
    assert answer.status_code == 422
    assert answer.text.count(says.replace("'", "&#39;")) == 2


async def test_a_file_and_pasted_rows_together_are_no_list(dora: Dora) -> None:
    await dora.enter("administrator")
    page = await send(dora, pasted="Name\nAda\n")
    assert page.status_code == 422
    assert "not both" in page.text


async def test_rows_may_be_pasted(dora: Dora) -> None:
    await dora.enter()
    form = {"proof": proof(await dora.web.get(PAGE)), "way": "print", "pasted": "Name\nAda\n", "step": "check"}
    assert "1 of 1 rows can be used." in (await dora.web.post(PAGE, data=form)).text


async def test_a_hundred_thousand_rows_are_looked_over_at_once(dora: Dora) -> None:
    await dora.enter()
    rows = "Name,Phone\n" + "".join(f"Person {n},757555{n % 10000:04d}\n" for n in range(100_000))
    assert "100000 of 100000 rows can be used." in (await send(dora, rows=rows)).text


async def test_a_coordinator_cannot_have_a_list_texted(dora: Dora) -> None:
    await dora.enter()
    assert 'value="text"' not in (await dora.web.get(PAGE)).text
    for step in ("check", "text"):
        assert (await send(dora, "text", step, **CONSENT)).status_code == 403
    assert await written(dora) == [0, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("who", "", "Write who has the consents"),
        ("who", "x" * 81, "Write who has the consents"),
        ("on", "yesterday", "Write the day as"),
        ("on", "2031-01-01", "That day has not been yet"),
        ("how", "", "Choose how they agreed"),
        ("how", "other>", "Choose how they agreed"),
        ("note", "x" * 301, "The note is longer"),
        ("each", "", "Tick this only if"),
    ],
)
async def test_without_the_consent_on_record_nobody_is_texted(dora: Dora, field: str, value: str, says: str) -> None:
    await people.move_to(dora.rt, NOON)
    await dora.enter("administrator")
    answer = await send(dora, "text", "text", **{**CONSENT, field: value})
    assert answer.status_code == 422
    assert answer.text.count(says) == 2
    assert f'href="#{field}"' in answer.text
    assert await written(dora) == [0, 0, 0, 0, 0]


async def test_each_number_gets_one_text_once_and_the_consent_is_kept(
    dora: Dora, gateway: Gateway, twilio: respx.Route
) -> None:
    await people.move_to(dora.rt, NOON)
    await dora.enter("administrator")
    answer = await send(dora, "text", "text", note="Folder 7", language="es", **CONSENT)
    assert answer.status_code == 303
    page = (await dora.web.get(answer.headers["location"])).text
    assert "The texts are on their way" in page
    assert await written(dora) == [1, 2, 2, 2, 2]
    assert all("responde UNIRME" in said for said in await deliver(dora.rt, gateway, twilio))
    assert len(twilio.calls) == 2
    ((row, evidence, key),) = await dora.rows(
        """select c.id, c.evidence, p.contact_key from consents c join participants p on p.id = c.participant_id
           where c.kind = 'documented' limit 1"""
    )
    kept = dora.rt.vault.key(key).open(evidence, "consents.evidence", row)  # type: ignore[arg-type]
    assert kept["shown"] == "who: HR; on: 2026-03-12; how: paper; note: Folder 7"
    again = await send(dora, "text", "text", rows=LIST.replace(";", ","), **CONSENT)
    assert again.headers["location"] == f"{answer.headers['location']}&again"
    assert "Nobody was texted again." in (await dora.web.get(again.headers["location"])).text
    assert await written(dora) == [1, 2, 2, 2, 2]
    assert await dora.rows("select act, about from audit where act like 'invitations%'") == [
        ("invitations.texted", answer.headers["location"].partition("=")[2])
    ]


async def test_nothing_tells_who_of_a_list_is_in(dora: Dora, gateway: Gateway, twilio: respx.Route) -> None:
    """Ada has joined, Ben has said STOP: the pages say the same as for two strangers, and neither is texted."""
    await people.move_to(dora.rt, NOON - timedelta(hours=2))
    await people.join(dora.rt)
    await people.text(dora.rt, "STOP", number=people.BEN)
    await people.move_to(dora.rt, NOON)
    await dora.enter("administrator")
    pages = []
    for numbers in ((people.ADA, people.BEN), ("+17575550198", "+17575550199")):
        rows = "Phone\n" + "\n".join(numbers)
        checked = await send(dora, "text", rows=rows)
        done = await send(dora, "text", "text", rows=rows, **CONSENT)
        page = (await dora.web.get(done.headers["location"])).text.partition("<h2>Lists that were texted")[0]
        pages.append([re.sub(r"\+1757555\d{4}|[0-9a-f-]{36}|[0-9a-f]{64}", "", one) for one in (checked.text, page)])
        await dora.rows("update outbox set state = 'sent' where state = 'handed'")
    assert pages[0] == pages[1]
    await deliver(dora.rt, gateway, twilio)
    reasons = await dora.rows("select reason from outbox where origin = 'invitation' and state = 'dropped' order by 1")
    assert reasons == [("no longer needed",), ("opted out",)]
    assert len(twilio.calls) == 2


async def test_after_the_last_check_in_nobody_is_invited(dora: Dora) -> None:
    ended = await people.one(dora.rt, "select to_char(now() + interval '2 days', 'YYYY-MM-DD')")
    await dora.rows("update programs set settings = settings || jsonb_build_object('ends', cast(:e as text))", e=ended)
    await people.move_to(dora.rt, await people.now(dora.rt) + timedelta(days=3))
    await dora.enter("administrator")
    for step in ("check", "text"):
        refused = await send(dora, "text", step, **CONSENT)
        assert refused.status_code == 409
        assert "The schedule has ended" in refused.text
    with pytest.raises(ProgramError, match="has passed"):
        await _take(dora, "Phone\n7575550111\n")
    assert await written(dora) == [0, 0, 0, 0, 0]


async def test_a_draft_texts_nobody(dora: Dora) -> None:
    await dora.rows("update programs set state = 'draft', version = version + 1")
    await dora.enter("administrator")
    assert "once the program is live" in (await dora.web.get(PAGE)).text
    assert "still a draft" in (await dora.web.get(PAGE.replace("import", "joining"))).text
    for step in ("check", "text"):
        assert (await send(dora, "text", step, **CONSENT)).status_code == 409
    with pytest.raises(ProgramError, match="draft"):
        await _take(dora, "Phone\n7575550111\n")
    assert await written(dora) == [0, 0, 0, 0, 0]
    assert (await send(dora, "print", "cards")).text.count('class="card"') == 2


async def _take(dora: Dora, rows: str) -> tuple[UUID, bool]:
    ((staff,),) = await dora.rows("select id from staff")
    found = invitation_list.read(rows, "text", "US")
    record = Record("HR", datetime(2026, 3, 12, tzinfo=UTC).date(), "paper")
    async with dora.rt.begin() as (connection, now):
        (program,) = await load(connection)
        return await documented.take(dora.rt, connection, program, staff, found, record, "en", now)  # type: ignore[arg-type]


async def test_a_list_is_taken_whole_or_not_at_all(dora: Dora) -> None:
    """Two pieces are written; the second fails, and nothing of the first is left."""
    await dora.hire("administrator")
    rows = "Phone\n" + "".join(f"757555{n:04d}\n" for n in range(1000, 1700))
    await dora.rows("alter table invitations add constraint fails check (row < 600)")
    try:
        with pytest.raises(IntegrityError):
            await _take(dora, rows)
    finally:
        await dora.rows("alter table invitations drop constraint fails")
    assert await written(dora) == [0, 0, 0, 0, 0]
    assert (await _take(dora, rows))[1]
    assert await written(dora) == [1, 700, 700, 700, 700]


async def test_a_file_and_row_are_there_once(dora: Dora) -> None:
    await dora.hire("administrator")
    made, fresh = await _take(dora, "Phone\n7575550111\n")
    assert fresh
    assert await _take(dora, "Phone\r\n7575550111\r\n") == (made, False)
    copy = """insert into invitations (id, participant_id, program_id, file_id, row, at)
              select :id, participant_id, program_id, file_id, row, at from invitations"""
    with pytest.raises(IntegrityError):
        async with dora.rt.begin() as (connection, _):
            await connection.execute(sql(copy), {"id": new_id()})


async def test_a_list_is_not_texted_again_after_the_secret_is_changed(dora: Dora) -> None:
    await dora.hire("administrator")
    made, _ = await _take(dora, "Phone\n7575550111\n")
    secrets = ("another secret key, which is newer than the first", *dora.rt.settings.secret_key)
    dora.rt = replace(dora.rt, vault=Vault(secrets))
    assert await _take(dora, "Phone\n7575550111\n") == (made, False)


async def test_what_is_recorded_is_sealed(dora: Dora) -> None:
    await dora.hire("administrator")
    await _take(dora, "Phone\n7575550111\n")
    ((consent, hashed),) = await dora.rows("select consent, file_hash from invitation_files")
    assert b"HR" not in bytes(consent)  # type: ignore[arg-type]
    assert dora.rt.vault.unwrap(consent, b"invitation-file").startswith(b'{"who": "HR"')  # type: ignore[arg-type]
    assert hashed != invitation_list.read("Phone\n7575550111\n", "text", "US").digest


class _Seen(str):
    """Words that note in which thread they are put into a page."""

    threads: ClassVar[list[threading.Thread]] = []

    def __html__(self) -> str:
        self.threads.append(threading.current_thread())
        return str(self)


async def test_a_page_that_carries_a_large_list_is_made_beside_the_loop_and_after_the_transaction(dora: Dora) -> None:
    await dora.enter()
    listed = invitation_list.read(LIST, "print", "US")
    listed = replace(listed, sheet=replace(listed.sheet, text=_Seen(LIST)))
    asked = {"type": "http", "method": "POST", "path": PAGE, "headers": [], "query_string": b""}
    async with dora.rt.begin() as (connection, now):
        ((staff_id,),) = (await connection.execute(sql("select id from staff"))).all()
        session = Session(staff_id, new_id(), "", "Dora", "", {dora.program: "coordinator"})
        request = Request({**asked, "path_params": {"slug": "tide"}})
        visit = Visit(dora.rt, request, connection, now, session)
        later = await import_page.take(visit, {"way": "print", "step": "check"}, listed)
        assert not isinstance(later, Response)
        assert _Seen.threads == []
    page = await later()
    assert b"Ada Lovelace" in page.body
    assert _Seen.threads
    assert threading.main_thread() not in _Seen.threads


async def test_of_many_rows_that_were_left_out_the_first_are_shown_and_all_are_in_the_file(dora: Dora) -> None:
    await dora.enter()
    rows = "Name\n" + "=1+1\n" * 250
    page = (await send(dora, rows=rows)).text
    assert page.count("It begins like a formula") == 100
    assert "Left out: 250." in page
    assert "These are the first 100." in page
    file = await send(dora, step="refused", rows=rows)
    assert len(file.text.splitlines()) == 251
