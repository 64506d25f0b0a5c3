"""Decides: given a flow, a conversation, the facts and what just happened, says what follows. Nothing here knows the
time, the network or the database; everything is computed from its arguments."""

from flows.check import check
from flows.engine import CORE, begin
from flows.facts import snoozed
from flows.flow import LANGUAGES, Answer, Choice, Flow, FlowError, Library, Question, Texts
from flows.hearing import fallback, hear, joins, just_serious, remind
from flows.keywords import RESERVED, fold, spanish
from flows.parse import packaged, parse, unbundle
from flows.replies import read_reply
from flows.risk import Screening, screen
from flows.schedule import at_local, local, next_checkin, occasion, quiet_until
from flows.scoring import Week
from flows.text import segments
from flows.turn import (
    CloseCheckIn,
    Consent,
    Context,
    Conversation,
    Effect,
    Enrol,
    Erase,
    OptIn,
    OptOut,
    Pause,
    ProgramFacts,
    Resume,
    Risk,
    Save,
    Say,
    Set,
    Snooze,
    Standing,
    Turn,
)

__all__ = [
    "CORE",
    "LANGUAGES",
    "RESERVED",
    "Answer",
    "Choice",
    "CloseCheckIn",
    "Consent",
    "Context",
    "Conversation",
    "Effect",
    "Enrol",
    "Erase",
    "Flow",
    "FlowError",
    "Library",
    "OptIn",
    "OptOut",
    "Pause",
    "ProgramFacts",
    "Question",
    "Resume",
    "Risk",
    "Save",
    "Say",
    "Screening",
    "Set",
    "Snooze",
    "Standing",
    "Texts",
    "Turn",
    "Week",
    "at_local",
    "begin",
    "check",
    "fallback",
    "fold",
    "hear",
    "joins",
    "just_serious",
    "local",
    "next_checkin",
    "occasion",
    "packaged",
    "parse",
    "quiet_until",
    "read_reply",
    "remind",
    "screen",
    "segments",
    "snoozed",
    "spanish",
    "unbundle",
]
