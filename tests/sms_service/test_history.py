"""The settings of a program as they were, and putting them back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flows import unbundle
from sms_service import beginnings, history, joining_words, programs
from sms_service.beginnings import Beginning
from sms_service.program_words import read_keywords
from sms_service.programs import Program, ProgramError, ProgramSettings
from sms_service.runtime import Runtime
from tests import people


async def tide(rt: Runtime) -> Program:
    async with rt.begin() as (connection, _):
        return await programs.find(connection, "tide")


async def save(rt: Runtime, **changes: object) -> None:
    program = await tide(rt)
    async with rt.begin() as (connection, now):
        assert await programs.save_settings(connection, program, replace(program.settings, **changes), now)  # type: ignore[arg-type]


async def put_back(rt: Runtime, version: int, seen: int | None = None) -> ProgramSettings | None:
    program = await tide(rt)
    async with rt.begin() as (connection, now):
        return await history.put_back(connection, replace(program, version=seen or program.version), version, now, None)


async def test_every_version_is_kept_with_what_it_took_the_place_of(rt: Runtime) -> None:
    await people.program(rt)
    await save(rt, time="09:00")
    await save(rt, time="10:00")
    async with rt.begin() as (connection, _):
        found = await history.versions(connection, await programs.find(connection, "tide"))
        before = await history.previous(connection, await programs.find(connection, "tide"))
    assert [(one.number, one.settings.time, one.by) for one in found] == [
        (3, "10:00", ""),
        (2, "09:00", ""),
        (1, "12:15", ""),
    ]
    assert [one.before.settings.time if one.before else None for one in found] == ["09:00", "12:15", None]
    assert before == 2


async def test_what_is_put_back_is_a_version_of_its_own(rt: Runtime) -> None:
    await people.program(rt)
    await save(rt, time="09:00")
    await put_back(rt, 1)
    assert (await tide(rt)).settings.time == "12:15"
    assert await people.one(rt, "select max(version) from program_versions") == 3
    with pytest.raises(ProgramError, match="there is no version 9"):
        await put_back(rt, 9)


async def test_nothing_is_put_back_over_somebody_elses_change(rt: Runtime) -> None:
    await people.program(rt)
    await save(rt, time="09:00")
    assert await put_back(rt, 1, seen=1) is None
    assert (await tide(rt)).settings.time == "09:00"


async def test_keywords_and_groups_are_kept_with_who_changed_them_and_put_back(rt: Runtime) -> None:
    await people.program(rt)
    await people.rows(rt, "update programs set state = 'draft' returning id")
    before = await tide(rt)
    other = [{"en": "school", "es": "escuela"}]
    async with rt.begin() as (connection, now):
        assert await joining_words.change(connection, before, ("TIDE",), other, now, None)
    async with rt.begin() as (connection, _):
        found = await history.versions(connection, await tide(rt))
        assert await history.previous(connection, await tide(rt)) == 1
    assert [one.words.keywords if one.words else None for one in found] == [("TIDE",), ("JOIN", "UNIRME")]
    await put_back(rt, 1)
    again = await tide(rt)
    assert (again.keywords, again.labels) == (before.keywords, before.labels)
    await save(rt, time="09:00")
    await put_back(rt, 2)
    again = await tide(rt)
    assert (again.keywords, again.labels, again.settings.time) == (("TIDE",), other, "12:15")


async def test_groups_of_a_live_program_outlast_what_is_put_back_and_a_keyword_of_another_is_refused(
    rt: Runtime,
) -> None:
    await people.program(rt)
    north = await people.second_program(rt)
    more = [*(await tide(rt)).labels, {"en": "school", "es": "escuela"}]
    async with rt.begin() as (connection, now):
        assert await joining_words.change(connection, await tide(rt), ("JOIN",), more, now, None)
    await people.rows(
        rt, "update program_keywords set word = 'UNIRME' where program_id = :north returning word", north=north
    )
    with pytest.raises(ProgramError, match="UNIRME joins North check-in on this number already"):
        await put_back(rt, 1)
    await people.rows(
        rt, "update program_keywords set word = 'NORTH' where program_id = :north returning word", north=north
    )
    await put_back(rt, 1)
    again = await tide(rt)
    assert (again.keywords, again.labels) == (("JOIN", "UNIRME"), more)


async def test_a_version_from_before_keywords_were_kept_leaves_them_as_they_are(rt: Runtime) -> None:
    await people.program(rt)
    await people.rows(rt, "update program_versions set words = null returning version")
    async with rt.begin() as (connection, now):
        assert await joining_words.change(connection, await tide(rt), ("TIDE",), people.GROUPS, now, None)
    await save(rt, time="09:00")
    await put_back(rt, 1)
    again = await tide(rt)
    assert (again.keywords, again.settings.time) == (("TIDE",), "12:15")


async def test_words_for_danger_and_a_hard_event_outlast_what_is_put_back(rt: Runtime) -> None:
    await people.program(rt)
    words = ({"say": "going to the bridge", "level": 3, "construct": "plan"},)
    await save(rt, time="09:00")
    await save(rt, own_words=words, hard_event="2026-11-20")
    await put_back(rt, 1)
    kept = (await tide(rt)).settings
    assert (kept.time, kept.own_words, kept.hard_event) == ("12:15", words, "2026-11-20")


async def test_among_few_neither_is_undone_nor_a_version_of_the_flows_changed(rt: Runtime) -> None:
    await people.program(rt)
    await people.counted(rt, 15)
    await save(rt, quiet_start="20:00")
    await people.counted(rt, 10)
    with pytest.raises(ProgramError, match="Until 15 or more people are enrolled"):
        await put_back(rt, 1)
    digest = await people.one(rt, "select digest from current_flows")
    with pytest.raises(ProgramError, match="Until 15 or more people are enrolled"):
        await save(rt, flow=digest)


async def test_a_program_may_be_held_to_one_version_of_its_conversations(rt: Runtime) -> None:
    await people.program(rt)
    await people.counted(rt, 15)
    digest = await people.one(rt, "select digest from current_flows")
    await save(rt, flow=digest)
    body = await people.one(rt, "select yaml from flow_versions where digest = :d", d=digest)
    other = unbundle(str(body).replace("Join as staff?", "Come along?"))
    await people.rows(
        rt,
        """insert into flow_versions (digest, name, yaml, source, created_at)
           values (:digest, 'check-in', :body, 'published', now()) returning digest""",
        digest=other.digest,
        body=other.yaml,
    )
    await people.rows(rt, "update current_flows set digest = :digest returning name", digest=other.digest)
    assert "Join as staff?" in (await people.text(rt, "JOIN"))[0]
    await people.rows(rt, "update programs set settings = settings - 'flow' returning id")
    assert "Come along?" in (await people.text(rt, "JOIN", number=people.BEN))[0]


@pytest.mark.parametrize("template", beginnings.beginnings().values(), ids=list(beginnings.beginnings()))
async def test_a_program_of_each_template_can_be_saved_as_it_is(rt: Runtime, template: Beginning) -> None:
    async with rt.begin() as (connection, now):
        settings = template.begin(operator="Tidewater Care", short_name="Tide")
        await programs.add(
            connection,
            slug="tide",
            name="Tidewater",
            sender=people.SENDER,
            keywords=read_keywords(template.keywords),
            groups=template.groups,
            settings=settings,
            now=now,
        )
        programs.schedules.check(settings, now)
    assert (await tide(rt)).state == "draft"
    assert settings.floor >= 10
    assert settings.review == "none"
    for words in (template.title, template.when, *template.groups):
        assert set(words) == {"en", "es"}


def test_the_usual_template_comes_first() -> None:
    assert next(iter(beginnings.beginnings())) == beginnings.USUAL
    assert len(beginnings.beginnings()) == 4
