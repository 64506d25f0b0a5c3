"""What a program offers to learn from: what may be on the list, what texts say of it, and the public page."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from sms_service import events, learning_texts, library, programs, videos
from sms_service.events import Listing
from sms_service.programs import ProgramError
from sms_service.runtime import Runtime
from sms_service.videos import Video
from tests import people
from tests.sms_service.test_pages import browser

REST = Listing("Rest, really", date(2030, 1, 1), "online", online=True)


@pytest.fixture(autouse=True)
async def _program(rt: Runtime) -> None:
    await people.program(rt)


async def offer(rt: Runtime, *given: Listing | Video) -> None:
    async with rt.begin() as (connection, now):
        program = await programs.find(connection, "tide")
        for one in given:
            if isinstance(one, Video):
                assert await videos.add(connection, program, one, now)
            else:
                assert await events.add(connection, program, replace(one, on=soon(rt)), now)


def soon(rt: Runtime, days: int = 9) -> date:
    return (rt.real() + timedelta(days=days)).date()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "x" * 41),
        ("title", "two\nlines"),
        ("title", "心"),
        ("title", " "),
        ("place", ""),
        ("place", "x" * 21),
        ("time", "25:00"),
        ("time", "noon"),
        ("kind", "spiritual"),
        ("audience", ("everyone",)),
        ("topic", "joy"),
        ("venue", "x" * 121),
        ("venue", "a\u202eb"),
        ("link", "http://example.org"),
        ("link", "javascript:alert(1)"),
        ("link", "https://example"),
        ("link", "https://user:word@example.org/"),
        ("link", "https://example.org:8443/"),
        ("link", 'https://example.org/"><script>'),
        ("link", "https://exa mple.org/"),
        ("link", "https://ex\u0430mple.org/"),
        ("link", "https://example.org/" + "x" * 500),
        ("on", date(2020, 1, 1)),
        ("on", date(2200, 1, 1)),
    ],
)
async def test_what_cannot_be_on_the_list_is_refused_at_its_field(rt: Runtime, field: str, value: object) -> None:
    async with rt.begin() as (connection, now):
        program = await programs.find(connection, "tide")
        good = replace(REST, on=soon(rt))
        with pytest.raises(ProgramError) as refused:
            await events.add(connection, program, replace(good, **{field: value}), now)  # type: ignore[arg-type]
        assert refused.value.field == field


async def test_an_event_is_changed_in_place_but_not_onto_another(rt: Runtime) -> None:
    await offer(rt, REST, replace(REST, title="Other"))
    async with rt.begin() as (connection, now):
        program = await programs.find(connection, "tide")
        _, one = await events.listed(connection, program.id)
        assert await events.change(connection, program, replace(one, seats=4, link="https://example.org/a"), now)
        assert not await events.change(connection, program, replace(one, title="Other"), now)
        assert [(e.title, e.seats) for e in await events.listed(connection, program.id)] == [
            ("Other", None),
            ("Rest, really", 4),
        ]
        assert one.id is not None
        assert await events.delete(connection, program, one.id)
        assert not await events.delete(connection, program, one.id)


async def test_a_change_is_heard_of_and_leaves_nobodys_check_ins_to_plan_anew(rt: Runtime) -> None:
    before = await people.one(rt, "select version from programs")
    await offer(rt, REST, Video("A talk", "https://example.org/talk"))
    assert await people.one(rt, "select version from programs") != before
    assert await people.one(rt, "select version - planned_version from programs") == 0


@pytest.mark.parametrize(
    ("video", "field"),
    [
        (Video("", "https://example.org/"), "title"),
        (Video("x" * 81, "https://example.org/"), "title"),
        (Video("A talk", ""), "link"),
        (Video("A talk", "ftp://example.org/"), "link"),
        (Video("A talk", "https://example.org/", kind="x"), "kind"),
    ],
)
async def test_a_video_needs_a_title_and_a_safe_link(rt: Runtime, video: Video, field: str) -> None:
    with pytest.raises(ProgramError) as refused:
        await offer(rt, video)
    assert refused.value.field == field


async def test_what_is_shown_beside_the_list_is_what_a_person_gets(rt: Runtime) -> None:
    await offer(rt, REST, replace(REST, title="Grief in a caseload", place="Norfolk", online=False))
    async with rt.begin() as (connection, now):
        program = await programs.find(connection, "tide")
        current = await library.current(connection)
    told = learning_texts.told(current, program, rt.settings.public_url, now)
    await people.join(rt)
    for word in ("LEARN", "EVENTS", "MORE"):
        assert [one.text for one in told if one.word == word and one.language == "en"][:1] == await people.text(
            rt, word
        )
    assert {one.word for one in told} >= {"CURSOS", "EVENTOS", "MAS"}
    assert {one.size.count for one in told} == {1}


async def test_with_videos_alone_learn_names_the_page(rt: Runtime) -> None:
    await people.join(rt)
    assert "no list of training" in (await people.text(rt, "LEARN"))[0]
    await offer(rt, Video("A talk", "https://example.org/talk"))
    await people.move_to(rt, rt.real() + timedelta(seconds=5))
    assert "/r/learn/tide" in (await people.text(rt, "LEARN"))[0]


async def test_the_public_page_shows_what_there_is_in_both_languages(rt: Runtime) -> None:
    await offer(
        rt,
        replace(
            REST,
            title="Rest <b>& more</b>",
            time="13:30",
            kind="clinical",
            audience=("clinician", "qmhp"),
            link="https://example.org/sign-up?a=1&b=2",
            seats=1,
        ),
        replace(REST, title="Grief", place="Norfolk", venue="1 Main St, Norfolk", online=False),
        Video("<script>A talk", "https://video.example.org/talk", 12, "diversity", ("leadership",)),
    )
    async with browser(rt) as web:
        page = (await web.get("/r/learn/tide")).text
        spanish = (await web.get("/r/learn/tide?lang=es")).text
    assert "Rest &lt;b&gt;&amp; more&lt;/b&gt;" in page
    assert "<script>A talk" not in page
    for words in (
        *(
            "1:30 PM",
            "Times are by the clock in New York.",
            "Clinical, online",
            "1 seat",
            "In person, 1 Main St, Norfolk",
        ),
        *("For clinicians and qualified mental health professionals", "Diversity, 12 min", "For leadership"),
        *('href="https://example.org/sign-up?a=1&amp;b=2"', "example.org"),
    ):
        assert words in page, words
    for words in ("13:30", "Clínico, en línea", "1 lugar", "En persona, 1 Main St", "Para liderazgo", "Registro"):
        assert words in spanish, words


async def test_an_event_of_today_is_shown_until_the_day_ends_where_the_program_is(rt: Runtime) -> None:
    await offer(rt, REST)
    async with browser(rt) as web:
        day = soon(rt)
        # Half past three at night in UTC is the evening before in New York.
        await people.move_to(rt, rt.real().replace(hour=3, minute=30, second=0) + timedelta(days=10))
        assert "Rest, really" in (await web.get("/r/learn")).text, day
        await people.move_to(rt, rt.real().replace(hour=8, minute=0, second=0) + timedelta(days=10))
        assert "Rest, really" not in (await web.get("/r/learn")).text, day
