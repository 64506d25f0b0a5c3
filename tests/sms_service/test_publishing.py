"""Publishing flows: what begins afterwards uses the new version, what is open does as was chosen."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
import yaml

from flows import FlowError, Library, packaged, parse
from sms_service import clockwork, publishing
from sms_service.runtime import Runtime
from tests import people

STAFF = uuid4()


def reworded(old: str = "feel drained by work", new: str = "feel worn out by work") -> Library:
    """Return the packaged flows with one question in other words."""
    files = yaml.safe_load(packaged().yaml)
    assert old in files["weekly-checkin.yaml"]
    return parse({**files, "weekly-checkin.yaml": files["weekly-checkin.yaml"].replace(old, new)})


async def publish(rt: Runtime, library: Library, open_ones: publishing.OpenOnes = "keep") -> int:
    async with rt.begin() as (connection, now):
        return await publishing.publish(connection, library, by=STAFF, open_ones=open_ones, now=now)


@pytest.fixture
async def open_one(rt: Runtime) -> Runtime:
    """Ada has answered one question of her check-in."""
    await people.program(rt)
    await people.join(rt)
    await people.texts(rt, ["CHECKIN", "2"])
    yield rt
    async with rt.begin() as (connection, now):
        await publishing.publish(connection, packaged(), by=None, open_ones="keep", now=now)


async def test_a_check_in_that_begins_afterwards_is_in_the_new_words(open_one: Runtime) -> None:
    await publish(open_one, reworded())
    await people.texts(open_one, ["1", "1", "1"])
    assert "worn out by work" in (await people.text(open_one, "CHECKIN"))[0]


async def test_an_open_one_keeps_its_version_to_the_end(open_one: Runtime) -> None:
    assert await publish(open_one, reworded("numb or far away", "numb or distant")) == 0
    assert "numb or far away" in (await people.text(open_one, "CHECKIN"))[0]


async def test_an_open_one_may_move_and_keeps_its_answers(open_one: Runtime) -> None:
    assert await publish(open_one, reworded("pain stay with you", "hurt stay with you"), "move") == 1
    assert "hurt stay with you" in (await people.text(open_one, "1"))[0]
    assert await people.one(open_one, "select count(*) from check_ins") == 1


async def test_an_open_one_may_close_with_the_answers_it_has(open_one: Runtime) -> None:
    assert await publish(open_one, reworded(), "close") == 1
    await clockwork.tick(open_one)
    assert await people.one(open_one, "select count(*) from check_ins where closed_at is not null") == 1
    assert await people.one(open_one, "select count(*) from conversations where ended_at is null") == 0


async def test_every_version_stays_and_says_how_many_are_open_on_it(open_one: Runtime) -> None:
    await publish(open_one, reworded())
    async with open_one.begin() as (connection, _):
        found = {one.digest: one.current for one in await publishing.versions(connection)}
        count = await publishing.open_on(connection)
    assert (found[reworded().digest], found[packaged().digest]) == (True, False)
    assert count == {packaged().digest: 1}


async def test_flows_that_cannot_be_proved_are_refused(open_one: Runtime) -> None:
    with pytest.raises(FlowError, match=r"weekly-checkin\.yaml, state drained, line \d+"):
        await publish(open_one, reworded("feel drained by work?", "feel drained by work? " + "x" * 120))
    assert await people.one(open_one, "select digest from current_flows") == packaged().digest


def test_a_folder_is_laid_over_the_packaged_flows(tmp_path: Path) -> None:
    files = yaml.safe_load(packaged().yaml)
    (tmp_path / "talk.yaml").write_text(files["talk.yaml"].replace("Talking can ease", "Talking may ease"))
    assert "may ease" in publishing.read_folder(tmp_path).flows["talk"].states["plain"].texts[0]["en"]
    with pytest.raises(FlowError, match="no folder with"):
        publishing.read_folder(tmp_path / "nowhere")


async def test_what_is_locked_is_not_published_otherwise(rt: Runtime) -> None:
    files = yaml.safe_load(packaged().yaml)
    changed = files["lines.yaml"].replace("Msg&data rates may apply", "Rates apply")
    assert changed != files["lines.yaml"]
    with pytest.raises(FlowError, match="help: is locked and was changed"):
        await publish(rt, parse({**files, "lines.yaml": changed}))
    assert await people.one(rt, "select digest from current_flows") == packaged().digest
