"""The console's list of what there is to learn from: forms that say what is wrong, and a calendar looked at first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

import httpx
import pytest

from tests.sms_service.calendars import calendar, event
from tests.sms_service.desk import Dora, dora, proof

__all__ = ["dora"]

PAGE = "/console/programs/tide/learning"


def soon(dora: Dora, days: int = 9) -> str:
    return str((dora.rt.real() + timedelta(days=days)).date())


async def post(dora: Dora, path: str, fields: Mapping[str, str], file: str | None = None) -> httpx.Response:
    form = {"proof": proof(await dora.web.get(PAGE)), **fields}
    files = {"file": ("training.ics", file, "text/calendar")} if file is not None else None
    return await dora.web.post(PAGE + path, data=form, files=files)


async def add(dora: Dora, **fields: str) -> httpx.Response:
    given = {"title": "Rest, really", "on": soon(dora), "place": "Norfolk", **fields}
    return await post(dora, "/events/new", given)


async def acts(dora: Dora) -> list[object]:
    return [act for (act,) in await dora.rows("select act from audit order by n")]


async def test_an_event_is_added_and_seen_in_what_people_are_texted(dora: Dora) -> None:
    await dora.enter()
    assert "none is listed right now" in (await dora.web.get(PAGE)).text
    done = await add(dora, time="13:30", for_qmhp="yes", kind="clinical", link="https://example.org/a", seats="12")
    assert (done.status_code, done.headers["location"]) == (303, PAGE + "?done=event-added")
    page = (await dora.web.get(done.headers["location"])).text
    assert "The event is on the list" in page
    assert re.search(r"Next: Rest, really, \w{3} \d+ \w{3}, Norfolk\.", page)
    assert re.search(r"Siguiente: Rest, really", page)
    assert "segments: 1" in page
    assert "event.added" in await acts(dora)


async def test_every_fault_is_told_at_its_field_and_nothing_is_saved(dora: Dora) -> None:
    await dora.enter()
    given = {"title": "x" * 41, "on": "2026-02-30", "time": "noon", "place": "", "link": "http://a.test", "seats": "-1"}
    page = await post(dora, "/events/new", given)
    assert page.status_code == 422
    for field in given:
        assert f'<a href="#{field}">' in page.text, field
        assert f'id="{field}-fault"' in page.text, field
        assert f'value="{given[field]}"' in page.text, field
    assert await dora.rows("select 1 from events") == []


async def test_an_event_is_changed_and_taken_off_the_list(dora: Dora) -> None:
    await dora.enter()
    await add(dora)
    ((known,),) = await dora.rows("select id from events")
    form = await dora.web.get(f"{PAGE}/events/{known}")
    assert 'value="Rest, really"' in form.text
    again = {"title": "Rest at last", "on": soon(dora), "online": "yes"}
    assert (await post(dora, f"/events/{known}", again)).status_code == 303
    assert await dora.rows("select title, place, online from events") == [("Rest at last", "online", True)]
    unsure = await post(dora, f"/events/{known}/remove", {"sure": "yes"})
    assert (unsure.status_code, "the word is remove" in unsure.text) == (422, True)
    assert await dora.rows("select 1 from events") != []
    assert (await post(dora, f"/events/{known}/remove", {"sure": "remove"})).status_code == 303
    assert await dora.rows("select 1 from events") == []
    assert (await post(dora, f"/events/{known}/remove", {})).status_code == 404
    assert (await acts(dora))[-3:] == ["event.added", "event.changed", "event.removed"]


async def test_a_second_of_one_title_and_day_is_told_at_the_title(dora: Dora) -> None:
    await dora.enter()
    await add(dora)
    page = await add(dora)
    assert page.status_code == 422
    assert "on this day already" in page.text


async def test_a_video_is_added_changed_and_taken_off(dora: Dora) -> None:
    await dora.enter()
    given = {"title": "A <b>talk</b>", "link": "https://example.org/a", "minutes": "12", "for_clinician": "yes"}
    assert (await post(dora, "/videos/new", given)).status_code == 303
    assert "A &lt;b&gt;talk&lt;/b&gt;" in (await dora.web.get(PAGE)).text
    assert (await post(dora, "/videos/new", given)).status_code == 422
    ((known,),) = await dora.rows("select id from videos")
    assert (await post(dora, f"/videos/{known}", {**given, "link": "javascript:x"})).status_code == 422
    assert (await post(dora, f"/videos/{known}", {**given, "title": "Two"})).status_code == 303
    assert await dora.rows("select title, minutes from videos") == [("Two", 12)]
    unsure = await post(dora, f"/videos/{known}/remove", {"sure": "yes"})
    assert (unsure.status_code, "the word is remove" in unsure.text) == (422, True)
    assert await dora.rows("select 1 from videos") != []
    assert (await post(dora, f"/videos/{known}/remove", {"sure": "remove"})).status_code == 303
    assert (await acts(dora))[-3:] == ["video.added", "video.changed", "video.removed"]


@pytest.mark.parametrize("word", ["nothing", "00000000-0000-0000-0000-000000000000"])
async def test_what_is_not_there_is_a_missing_page(dora: Dora, word: str) -> None:
    await dora.enter()
    for kind in ("events", "videos"):
        assert (await dora.web.get(f"{PAGE}/{kind}/{word}")).status_code == 404


async def test_a_calendar_is_looked_at_first_and_then_brought(dora: Dora) -> None:
    await dora.enter()
    file = calendar(
        event(start=f":{soon(dora).replace('-', '')}T173000Z", more="LOCATION:Zoom"),
        event(uid="long", title="<i>A title</i> that is far too long to be said in a text", start=":20300107T173000Z"),
        "UID:none\nSUMMARY:No date",
    )
    looked = await post(dora, "/calendar", {"place": "Norfolk"}, file)
    assert looked.status_code == 200
    for words in ("Nothing is done yet", "Will be added", "It has no date.", "a text takes 40", "&lt;i&gt;A title"):
        assert words in looked.text, words
    assert await dora.rows("select 1 from events") == []
    number = re.findall(r'name="(title-\d+)"', looked.text)
    pasted = {"calendar": file, "place": "Norfolk", "do": "yes", number[0]: "A title"}
    done = await post(dora, "/calendar", pasted, "")
    assert "Added: 2. Changed: 0. Taken off: 0. Left out: 1." in done.text
    assert await dora.rows("select title, place from events order by on_date") == [
        ("Rest, really", "online"),
        ("A title", "Norfolk"),
    ]
    again = await post(dora, "/calendar", {"calendar": file, "do": "yes"})
    assert "Added: 0. Changed: 0." in again.text
    assert (await acts(dora)).count("calendar.read") == 2


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "paste a calendar"),
        ({"calendar": "hello"}, "no iCalendar file"),
        ({"calendar": calendar(event())[:-30]}, "breaks off"),
        ({"calendar": calendar(event()), "place": "x" * 21}, "20 plain characters"),
    ],
)
async def test_what_is_no_calendar_is_said_at_its_field(dora: Dora, given: dict[str, str], words: str) -> None:
    await dora.enter()
    page = await post(dora, "/calendar", {**given, "do": "yes"})
    assert page.status_code == 422
    assert words in page.text
    assert await dora.rows("select 1 from events") == []


async def test_an_auditor_reads_and_is_offered_nothing_to_change(dora: Dora) -> None:
    await dora.enter("auditor")
    page = (await dora.web.get(PAGE)).text
    assert "Events" in page
    assert "/events/new" not in page
    assert (await dora.web.get(PAGE + "/events/new")).status_code == 403
