"""Decides: given a flow, a conversation, the facts and what just happened, says what follows. Nothing here knows the
time, the network or the database; everything is computed from its arguments."""

from flows.advance import advance
from flows.context import Context, Duty, Event, ProgramFacts, Setting, Standing
from flows.conversation import Conversation
from flows.filling import CLIENT_WORDS
from flows.flow import LANGUAGES, Answer, Choice, Flow, FlowError, Library, Question, Texts
from flows.hearing import fallback, hear, joins, just_serious
from flows.inviting import consent_words, invitation
from flows.law import lawful_to, lawful_until, quiet_hours
from flows.parse import packaged, parse, unbundle
from flows.proof.check import check
from flows.proof.check_texts import room
from flows.reading.keywords import RESERVED, fold, spanish
from flows.reading.replies import read_reply
from flows.rhythm import Occurrence, Rhythm, occurrence, soonest, upcoming
from flows.risk import Screening, screen
from flows.risk import packaged as packaged_rules
from flows.risk_own import with_own
from flows.schedule import at_local, local, next_checkin, occasion, quiet_from, quiet_until
from flows.scoring import Week, answered_before
from flows.spacing import NONE_YET, Last, beyond, following
from flows.text import segments
from flows.turn import (
    CloseCheckIn,
    Consent,
    Effect,
    Enrol,
    Erase,
    Escalate,
    Forget,
    Happening,
    Heard,
    OptIn,
    OptOut,
    Pause,
    Plan,
    Reminded,
    Resume,
    Ring,
    Risk,
    Save,
    Say,
    Set,
    Snooze,
    Started,
    TimedOut,
    Turn,
    Unplan,
    Withdraw,
)

__all__ = [
    "CLIENT_WORDS",
    "LANGUAGES",
    "NONE_YET",
    "RESERVED",
    "Answer",
    "Choice",
    "CloseCheckIn",
    "Consent",
    "Context",
    "Conversation",
    "Duty",
    "Effect",
    "Enrol",
    "Erase",
    "Escalate",
    "Event",
    "Flow",
    "FlowError",
    "Forget",
    "Happening",
    "Heard",
    "Last",
    "Library",
    "Occurrence",
    "OptIn",
    "OptOut",
    "Pause",
    "Plan",
    "ProgramFacts",
    "Question",
    "Reminded",
    "Resume",
    "Rhythm",
    "Ring",
    "Risk",
    "Save",
    "Say",
    "Screening",
    "Set",
    "Setting",
    "Snooze",
    "Standing",
    "Started",
    "Texts",
    "TimedOut",
    "Turn",
    "Unplan",
    "Week",
    "Withdraw",
    "advance",
    "answered_before",
    "at_local",
    "beyond",
    "check",
    "consent_words",
    "fallback",
    "fold",
    "following",
    "hear",
    "invitation",
    "joins",
    "just_serious",
    "lawful_to",
    "lawful_until",
    "local",
    "next_checkin",
    "occasion",
    "occurrence",
    "packaged",
    "packaged_rules",
    "parse",
    "quiet_from",
    "quiet_hours",
    "quiet_until",
    "read_reply",
    "room",
    "screen",
    "segments",
    "soonest",
    "spanish",
    "unbundle",
    "upcoming",
    "with_own",
]
