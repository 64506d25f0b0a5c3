"""The commands for support leads, as somebody types them."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from sqlalchemy.exc import DBAPIError

from sms_service import doctor, programs, staff
from sms_service.runtime import Runtime
from tests import people
from tests.sms_service.test_commands import desk, run

__all__ = ["desk"]

Said = pytest.CaptureFixture[str]
SAM = ("support", "add", "sam@example.org", "--program", "tide", "--shown-name", "Sam", "--phone", "+17575550171")
HOURS = ("--hours", "mon-fri 09:00-17:00")
AWAY = ("support", "away", "sam@example.org")


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Type a password where one is asked for."""

    def at_the_prompt() -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO("a long enough password\n"))

    return at_the_prompt


async def account(typed: Callable[[], None], email: str, role: str = "support_lead") -> int:
    typed()
    return await run("staff", "add", email, "--name", "Sam", "--program", "tide", "--role", role)


async def test_a_program_calls_once_two_leads_are_there(desk: Runtime, typed: Callable[[], None], capsys: Said) -> None:
    assert await run("program", "review", "tide", "lead", "--promise-hours", "2") == 0
    assert capsys.readouterr().out == "tide: calls within 2 h, as soon as it has 2 more of 2 support leads\n"
    for name in ("sam", "ana"):
        assert await account(typed, f"{name}@example.org") == 0
        words = [one.replace("sam@", f"{name}@").replace("Sam", name.title()) for one in SAM]
        assert await run(*words, *HOURS, "--hours", "sat 10:00-12:00") == 0
    assert capsys.readouterr().out.endswith("tide: calls within 2 h\n")
    assert await run(*AWAY, "--from", "2099-12-20", "--to", "2099-12-31") == 0
    await run("support", "list", "tide")
    listed = capsys.readouterr().out.splitlines()
    assert listed[1] == (
        "Sam  number ending 0171  mon-fri 09:00-17:00; sat 10:00-12:00 America/New_York  off on holidays (US)  "
        "away 2099-12-20 to 2099-12-31"
    )
    assert [line.split()[0] for line in listed[1:3]] == ["Sam", "Ana"]
    async with desk.begin() as (connection, _):
        (program,) = await programs.load(connection)
    assert program.calls
    assert await run("program", "review", "tide", "none") == 0
    assert capsys.readouterr().out == "tide: nobody calls\n"


async def test_a_lead_who_is_added_again_has_new_hours_and_keeps_the_days_off(
    desk: Runtime, typed: Callable[[], None], capsys: Said
) -> None:
    await account(typed, "sam@example.org")
    await run(*SAM, *HOURS)
    await run(*AWAY, "--from", "2099-12-20", "--to", "2099-12-31")
    assert await run(*SAM, "--hours", "sun 10:00-12:00", "--zone", "America/Chicago", "--holidays", "") == 0
    capsys.readouterr()
    await run("support", "list", "tide")
    (line, _) = capsys.readouterr().out.splitlines()
    assert "sun 10:00-12:00 America/Chicago  works on holidays  away 2099-12-20" in line


async def test_a_lead_who_leaves_is_off_the_roster_and_out_of_the_role(
    desk: Runtime, typed: Callable[[], None], capsys: Said
) -> None:
    await account(typed, "sam@example.org")
    await run(*SAM, *HOURS)
    assert await run("support", "remove", "sam@example.org", "--program", "tide") == 0
    assert await run("support", "remove", "sam@example.org", "--program", "tide") == 1
    assert capsys.readouterr().err == "sam@example.org is no support lead of this program\n"
    assert await people.rows(desk, "select 1 from support_leads") == []
    assert await people.rows(desk, "select role from staff_roles") == [("administrator",)]


async def test_doctor_says_whether_anybody_calls(desk: Runtime, typed: Callable[[], None], capsys: Said) -> None:
    await doctor.examine(desk)
    assert "ok       tide: nobody calls; texts and pages say so" in capsys.readouterr().out
    await run("program", "review", "tide", "lead")
    await doctor.examine(desk)
    assert "missing  tide: a second support lead: 0 of 2 are there, so nobody calls" in capsys.readouterr().out
    for name in ("sam", "ana"):
        await account(typed, f"{name}@example.org")
        await run(*[one.replace("sam@", f"{name}@") for one in SAM], *HOURS)
    await doctor.examine(desk)
    assert "ok       tide: 2 support leads call within 4 h" in capsys.readouterr().out


@pytest.mark.parametrize("role", ["administrator", "coordinator", "auditor"])
async def test_whoever_calls_has_no_other_role(
    desk: Runtime, typed: Callable[[], None], capsys: Said, role: str
) -> None:
    await people.second_program(desk)
    await account(typed, "sam@example.org")
    capsys.readouterr()
    assert await account(typed, "sam@example.org", role) == 1
    assert capsys.readouterr().err.startswith("sam@example.org: support_lead and")
    assert await account(typed, "dora@example.org") == 1
    assert capsys.readouterr().err == (
        "dora@example.org: support_lead and administrator exclude each other, in any program; "
        "who calls people must have no other role here\n"
    )
    words = ("support", "add", "dora@example.org", "--program", "north", *SAM[5:], *HOURS)
    assert await run(*words) == 1
    assert "exclude each other" in capsys.readouterr().err
    async with desk.begin() as (connection, now):
        (one, two, *_) = await programs.load(connection)
        with pytest.raises(staff.StaffError, match="exclude each other"):
            await staff.add(
                desk,
                connection,
                email="eve@example.org",
                name="Eve",
                password="a long enough password",
                roles={one.id: role, two.id: staff.SUPPORT_LEAD},
                now=now,
            )
        await connection.rollback()
    with pytest.raises(DBAPIError, match="exclude each other"):
        await people.rows(
            desk,
            "insert into staff_roles (staff_id, program_id, role) "
            "select s.id, p.id, :role from staff s, programs p where s.email = 'sam@example.org' and p.slug = 'north'",
            role=role,
        )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((*SAM, "--hours", "9 to 5"), "'9 to 5' is not a span of hours; write it like mon-fri 09:00-17:00"),
        ((*SAM, "--hours", "mon 09:00-09:00"), "'mon 09:00-09:00' begins when it ends"),
        ((*SAM, *HOURS, "--zone", "Mars"), "unknown time zone 'Mars'; use an IANA name"),
        ((*SAM, *HOURS, "--holidays", "XX"), "'XX' is not a country with known holidays"),
        ((*SAM, *HOURS, "--phone", "555"), "phone: '555' has too few digits; write it like +17575550123"),
        ((*SAM, *HOURS, "--phone", "Sam"), "phone: 'Sam' is not a phone number"),
        ((*SAM, *HOURS, "--shown-name", "S" * 13), "shown-name: 'SSSSSSSSSSSSS' has to be 1 to 12 plain"),
        ((*SAM, *HOURS, "--program", "nowhere"), "slug: there is no program 'nowhere'; there are: tide"),
        (
            ("support", "add", "eve@example.org", *SAM[3:], *HOURS),
            "'eve@example.org' has no account; `sms-service staff add` makes one",
        ),
        ((*AWAY, "--from", "tomorrow", "--to", "2099-12-31"), "from: 'tomorrow' is not a date; write it like"),
        ((*AWAY, "--from", "2099-12-31", "--to", "2099-12-30"), "to: 2099-12-30 is before 2099-12-31"),
        ((*AWAY, "--from", "2020-12-31", "--to", "2020-12-31"), "to: 2020-12-31 is over"),
        ((*AWAY, "--from", "2099-12-30", "--to", "2099-12-31"), "sam@example.org is no support lead"),
        (("support", "list", "nowhere"), "slug: there is no program 'nowhere'"),
        (("program", "review", "tide", "boss"), "review: 'boss' is neither none nor lead"),
        (("program", "review", "tide", "lead", "--promise-hours", "13"), "promise_hours: 13: a call is promised"),
        (("program", "review", "nowhere", "lead"), "slug: there is no program 'nowhere'"),
    ],
)
async def test_each_bad_input_is_one_clear_line(
    desk: Runtime, typed: Callable[[], None], capsys: Said, words: tuple[str, ...], said: str
) -> None:
    await account(typed, "sam@example.org")
    capsys.readouterr()
    assert await run(*words) == 1
    complained = capsys.readouterr().err
    assert complained.startswith(said)
    assert complained.count("\n") == 1
    assert await people.rows(desk, "select 1 from support_leads") == []
