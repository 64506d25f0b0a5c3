"""A participant inside one transaction: keys, enrolment, open conversation, and the facts that the flows may know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from flows import Context, Conversation, Duty, Last, Occurrence, ProgramFacts, Setting, Standing, Week, local
from sms_service import leads, program_facts, program_pauses, schedules
from sms_service.programs import Program
from sms_service.runtime import Runtime, new_id
from sms_service.store.people import PersonRow, ThreadRow
from sms_service.vault import PersonKey

_GREETED = timedelta(hours=24)
_JOINING = timedelta(days=7)
# What a week carries besides its answers: the date it counts for, and its number.
_NOT_ANSWERS = frozenset({"occasion", "n"})
RECONFIRM = "reconfirm"
PROGRAMS_HOURS = "off"
"""What the flows call it when somebody has no quiet hours of their own."""
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
# What counts as "the open question has reached the phone network" for an outbox row.
_SENT = frozenset({"sent", "delivered"})


@dataclass(slots=True)
class Enrolment:
    """Somebody's place in a program."""

    id: UUID
    program_id: UUID
    state: str
    language: str
    zone: str
    day: int
    time: str
    discreet: bool
    frequency: str = "weekly"
    express: bool = False
    quiet: str = PROGRAMS_HOURS
    faded: bool = False
    paused_until: datetime | None = None


def quiet_of(row: Any) -> str:
    """Return the quiet hours of an enrolment's row as the flows name them."""
    return f"{row.quiet_start}-{row.quiet_end}" if row.quiet_start else PROGRAMS_HOURS


class Participant:
    """One person and one of our numbers, for the length of a transaction. Verbs change it as they write."""

    def __init__(self, rt: Runtime, row: PersonRow, thread: ThreadRow, programs: Mapping[UUID, Program]) -> None:
        self.rt = rt
        self.row = row
        self.sender = thread.sender
        self.opted_out = bool(thread.opted_out)
        self.opted_how = thread.opted_how
        self.opted_at = thread.opted_at
        self.heard_at = row.heard_at
        self.contact_key = row.contact_key
        self.answer_key = row.answer_key
        self.enrolment = self._enrolment(thread)
        self.conversation_id = thread.conversation_id
        self._conversation_heard_at = thread.conversation_heard_at
        self.conversation_program = programs.get(thread.conversation_program) if thread.conversation_program else None
        self.flow_digest = thread.flow_digest
        self.occasion: date | None = thread.occasion
        self.asked_sent = thread.asked_state in _SENT
        self.waits_until = thread.waits_until
        self.nudged = bool(thread.nudged)
        self.preferences = thread.preferences
        self.call_by = thread.call_by
        self._looked = (thread.times_looked, thread.looked_at)
        self.next_occasion = thread.next_occasion
        self.next_due_at = thread.next_due_at
        self.last = Last(thread.last_due_at, thread.last_occasion, thread.last_came_at)
        self.conversation = self._conversation(thread)
        self.check_in: dict[str, int] = dict(self.conversation.kept) if self.conversation else {}
        self._history: list[dict[str, Any]] | None = None

    @property
    def id(self) -> UUID:
        return self.row.id

    @cached_property
    def contacts(self) -> PersonKey:
        """The key to who this is."""
        assert self.contact_key is not None
        return self.rt.vault.key(self.contact_key)

    @cached_property
    def answers(self) -> PersonKey:
        """The key to what this person said."""
        assert self.answer_key is not None
        return self.rt.vault.key(self.answer_key)

    def new_answer_key(self) -> None:
        """Forget everything said so far: what the old key sealed cannot be read again."""
        self.answer_key = self.rt.vault.new_key()
        self.__dict__.pop("answers", None)
        self._history = []

    @property
    def history(self) -> list[dict[str, Any]]:
        """The weeks answered, oldest first: {"occasion": "2026-11-26", "drained": 2, ...}."""
        if self._history is None:
            sealed = self.row.history
            self._history = self.answers.open(sealed, "participants.history", self.id) if sealed else []
        return self._history

    def recall(self, occasion: date) -> None:
        """Take up what was answered before for this occasion."""
        for week in self.history:
            if week.get("occasion") == str(occasion):
                self.check_in = {k: v for k, v in week.items() if k not in _NOT_ANSWERS}

    def replace_history(self, weeks: list[dict[str, Any]]) -> None:
        """Have the rest of this transaction see these weeks."""
        self._history = weeks

    def _enrolment(self, thread: ThreadRow) -> Enrolment | None:
        if thread.enrolment_id is None:
            return None
        assert thread.program_id is not None
        return Enrolment(
            id=thread.enrolment_id,
            program_id=thread.program_id,
            state=str(thread.enrolment_state),
            language=str(thread.language),
            zone=str(thread.zone),
            day=int(thread.day or 0),
            time=str(thread.time),
            discreet=bool(thread.discreet),
            frequency=str(thread.frequency),
            express=bool(thread.express),
            quiet=quiet_of(thread),
            faded=bool(thread.faded),
            paused_until=thread.paused_until.astimezone(UTC) if thread.paused_until else None,
        )

    def _conversation(self, thread: ThreadRow) -> Conversation | None:
        if thread.conversation_state is None or thread.conversation_id is None:
            return None
        stored = self.answers.open(thread.conversation_state, "conversations.state", thread.conversation_id)
        return Conversation.from_json(stored)

    @property
    def asked_whose(self) -> bool:
        """Whether it is open whose number this is, after a long silence."""
        return self.conversation is not None and any(one.flow == RECONFIRM for one in self.conversation.frames)

    def forget_old_joining(self, now: datetime) -> None:
        """Let somebody whose joining was left half done for a week start afresh."""
        heard_at = self._conversation_heard_at
        if self.enrolment is None and heard_at is not None and now - heard_at > _JOINING:
            self.conversation = self.conversation_program = self.flow_digest = None

    def expect(self, found: Occurrence | None) -> None:
        """Know when the next check-in is, for the rest of this transaction."""
        self.next_due_at = found.due if found else None
        self.next_occasion = found.occasion if found else None

    def standing(self) -> Standing:
        if self.enrolment is not None:
            return "paused" if self.enrolment.state == "paused" else "enrolled"
        return "joining" if self.conversation and self.conversation.frames else "unknown"

    def context(
        self,
        program: Program,
        words: Mapping[str, str],
        public_url: str,
        now: datetime,
        *,
        late: bool = False,
    ) -> Context:
        """Return what the flows may know. `now` is the calendar, `words` the keywords of this number."""
        zone = self.enrolment.zone if self.enrolment else program.settings.zone
        at = local(now.astimezone(UTC), zone)
        return Context(
            program=program_facts.facts(program, public_url, zone, at.date()),
            keywords=words,
            standing=self.standing(),
            settings=self._settings(),
            history=tuple(_week(week) for week in self.history) if self.row.history or self._history else (),
            at=at,
            duty=on_duty(self.rt, program, now, zone),
            nudged=self.nudged,
            looked=self._looked_on(zone),
            call_by=local(self.call_by.astimezone(UTC), zone) if self.call_by else None,
            opted_out=self.opted_out,
            opt_out_mode="twilio" if self.twilio_answers(program) else "ours",
            greeted=now - self.heard_at < _GREETED,
            question_sent=self.asked_sent,
            begun=program.open_to(self.row.phone_hash),
            late=late,
            over=self.enrolment is None and program_pauses.asks_no_more(program, now),
            planned=self._planned(),
            last=self.last,
            asks_from=program_pauses.asks_from(program.settings),
            rests_until=self._rests_until(),
            spread=schedules.spread(program, self.enrolment) if self.enrolment else 0,
        )

    def _rests_until(self) -> datetime | None:
        place = self.enrolment
        return place.paused_until if place is not None and place.state == "paused" else None

    def _planned(self) -> Occurrence | None:
        if self.next_due_at is None or self.next_occasion is None:
            return None
        return Occurrence(self.next_occasion, self.next_due_at.astimezone(UTC))

    def _looked_on(self, zone: str) -> tuple[int, date | None]:
        times, last = self._looked
        return times, local(last.astimezone(UTC), zone).date() if last else None

    def twilio_answers(self, program: Program) -> bool:
        """Whether Twilio handles this person's opt-out words itself. One in other words is known to us alone."""
        return program.opt_out_mode == "twilio" and not (self.opted_out and self.opted_how != "word")

    @property
    def chosen(self) -> dict[str, Setting]:
        """What is sealed of the person's choices: contact, and for calls by and pin."""
        if self.preferences is None or self.enrolment is None:
            return {}
        opened: dict[str, Setting] = self.contacts.open(self.preferences, "enrolments.preferences", self.enrolment.id)
        return opened

    def _settings(self) -> dict[str, Setting]:
        one = self.enrolment
        if one is None:
            return {}
        chosen: dict[str, Setting] = {
            "language": one.language,
            "day": one.day,
            "time": one.time,
            "discreet": one.discreet,
            "frequency": one.frequency,
            "express": one.express,
            "quiet": one.quiet,
            "zone": one.zone,
        }
        return chosen | self.chosen


def on_duty(rt: Runtime, program: Program, now: datetime, zone: str) -> Duty | None:
    """Return which support lead would call somebody in this zone, None where nobody calls for the program."""
    if not program.calls:
        return None
    return leads.on_duty(rt.vault, program.leads, now, zone, program.settings.promise_hours)


def _week(stored: Mapping[str, Any]) -> Week:
    return {k: v for k, v in stored.items() if k != "occasion"}


def newcomer(rt: Runtime, number: str, now: datetime, who: UUID | None = None) -> dict[str, Any]:
    """Return the row of somebody who writes for the first time, or again after erasing everything; keys are fresh."""
    who = who or new_id()
    contact_key, answer_key = rt.vault.new_key(), rt.vault.new_key()
    contact = rt.vault.key(contact_key).seal({"number": number}, "participants.contact", who)
    return {
        "id": who,
        "phone_hash": rt.vault.lookup(number),
        "contact_key": contact_key,
        "answer_key": answer_key,
        "contact": contact,
        "now": now,
        "heard_at": NEVER,
    }


def anonymous(public_url: str) -> Context:
    """Return the facts for answering somebody of whom nothing could be read."""
    nobody = ProgramFacts(
        slug="",
        name="",
        short_name="Check-in",
        keyword="",
        info_url=public_url,
        help_url=f"{public_url}/r/help",
        learn_url="",
        help_phone="",
        floor=0,
        zone="UTC",
        day=0,
        time="12:00",
    )
    at = datetime(1970, 1, 1)  # noqa: DTZ001  (local wall time without a zone; nothing said here depends on it)
    return Context(nobody, {}, "unknown", {}, (), at)
