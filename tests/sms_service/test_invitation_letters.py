"""Letters of invitation by our own mail server: one to each address, whatever is pressed twice or fails meanwhile."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator
from html import unescape

import httpx
import pytest

from sms_service import purging
from tests.sms_service.desk import EMAIL, Dora, dora, proof
from tests.sms_service.post_office import PostOffice, post_office
from tests.sms_service.test_console_accounts import browser

__all__ = ["dora"]

PAGE = "/console/programs/tide/import"
LIST = "Name,E-mail\nAda Lovelace,ada@example.org\nBen,ben@example.org\nAgain,ADA@example.org\nNobody,nowhere\n"


@pytest.fixture
async def mail(dora: Dora) -> AsyncIterator[PostOffice]:
    """A mail server, and Dora signed in where it is set up."""
    await dora.enter()
    async with post_office() as office, browser(office.reach(dora.rt)) as web:
        web.cookies = httpx.Cookies(dora.web.cookies)
        dora.web = web
        yield office


def people_of(number: int) -> str:
    return "Name,E-mail\n" + "".join(f"Person {n},p{n}@example.org\n" for n in range(number))


async def send(dora: Dora, sheet: str, step: str = "send", **form: str) -> httpx.Response:
    values = {"proof": proof(await dora.web.get(PAGE)), "way": "mail", "step": step, "language": "en", **form}
    return await dora.web.post(PAGE, data={**values, "sheet": sheet})


def left(page: httpx.Response) -> str:
    found = re.search(r'<textarea name="sheet" hidden[^>]*>\n(.*?)</textarea>', page.text, re.DOTALL)
    return unescape(found[1]) if found else ""


async def test_each_address_gets_one_letter_by_name_and_the_list_is_kept_nowhere(dora: Dora, mail: PostOffice) -> None:
    assert "Send the first 2" in (await send(dora, LIST, "check")).text
    page = await send(dora, LIST)
    assert (page.status_code, "2 letters were sent. Nobody is left." in page.text) == (200, True)
    assert [(one["To"], one["Reply-To"]) for one in mail.letters] == [
        ("ada@example.org", EMAIL),
        ("ben@example.org", EMAIL),
    ]
    assert "Hello Ada Lovelace," in mail.letters[0].get_content()
    kept = [*await dora.rows("select * from invitation_letters"), *await dora.rows("select * from audit")]
    assert not re.search("lovelace|example.org", str(kept).lower())
    # Ids and hashes spell so short a name by chance.
    assert "ada" not in " ".join(value for row in kept for value in row if isinstance(value, str)).lower()
    assert ("invitations.mailed",) in await dora.rows("select act from audit")
    again = await send(dora, LIST)
    assert "Had one within a month, and got none now: 2." in again.text
    assert len(mail.letters) == 2


async def test_a_long_list_goes_out_in_parts_that_the_page_carries(dora: Dora, mail: PostOffice) -> None:
    page = await send(dora, people_of(120))
    assert "50 letters were sent. Left: 70." in page.text
    assert "Send the next 50" in page.text
    page = await send(dora, left(page))
    page = await send(dora, left(page))
    assert "20 letters were sent. Nobody is left." in page.text
    assert Counter(str(one["To"]) for one in mail.letters) == Counter(f"p{n}@example.org" for n in range(120))


async def test_pressed_twice_nobody_gets_two(dora: Dora, mail: PostOffice) -> None:
    await asyncio.gather(*(send(dora, people_of(20)) for _ in range(3)))
    assert Counter(str(one["To"]) for one in mail.letters) == Counter(f"p{n}@example.org" for n in range(20))


async def test_a_mail_server_that_takes_nothing_is_not_tried_for_everybody(dora: Dora, mail: PostOffice) -> None:
    mail.refuses = True
    page = await send(dora, people_of(20))
    assert "0 letters were sent. Left: 20." in page.text
    assert "The mail server did not take 3 of them" in page.text
    mail.refuses = False
    page = await send(dora, left(page))
    assert "20 letters were sent. Nobody is left." in page.text
    assert len(mail.letters) == 20


async def test_what_broke_off_while_a_letter_was_handed_over_is_tried_again_after_a_while(
    dora: Dora, mail: PostOffice
) -> None:
    await send(dora, LIST)
    await dora.rows("update invitation_letters set sent = false")
    assert "0 letters were sent" in (await send(dora, LIST)).text
    await dora.rows("update invitation_letters set at = at - interval '11 minutes'")
    assert "2 letters were sent" in (await send(dora, LIST)).text


async def test_after_a_month_an_address_is_forgotten(dora: Dora, mail: PostOffice) -> None:
    await send(dora, LIST)
    await dora.rows("update invitation_letters set at = at - interval '29 days'")
    assert "0 letters were sent" in (await send(dora, LIST)).text
    await dora.rows("update invitation_letters set at = at - interval '3 days'")
    await purging.purge(dora.rt)
    assert await dora.rows("select 1 from invitation_letters") == []
    assert "2 letters were sent" in (await send(dora, LIST)).text


async def test_so_many_a_day_and_no_more(dora: Dora, mail: PostOffice) -> None:
    await dora.rows(
        """insert into invitation_letters (program_id, address_hash, at, sent)
           select :p, decode(lpad(to_hex(n), 8, '0'), 'hex'), now(), true from generate_series(1, 1999) n""",
        p=dora.program,
    )
    page = await send(dora, LIST)
    assert "One letter was sent. Left: 1." in page.text
    assert "as many as go out for one program in a day" in page.text


async def test_without_a_mail_server_or_for_a_draft_none_is_sent(dora: Dora) -> None:
    await dora.enter()
    assert 'value="send"' not in (await send(dora, LIST, "check")).text
    assert (await send(dora, LIST)).status_code == 409
    async with post_office() as office, browser(office.reach(dora.rt)) as web:
        web.cookies = httpx.Cookies(dora.web.cookies)
        dora.web = web
        await dora.rows("update programs set state = 'draft'")
        assert 'value="send"' not in (await send(dora, LIST, "check")).text
        assert (await send(dora, LIST)).status_code == 409
    assert office.letters == []
