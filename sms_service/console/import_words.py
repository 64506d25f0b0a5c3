"""What is said of a list of people to invite: why it can't be read, why a row was refused, what is wrong in a field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime

from sms_service.documented import HOW, LONGEST_NAME, LONGEST_NOTE, Record
from sms_service.invitation_list import Refusal
from sms_service.sheet_reading import SheetError

Say = Callable[..., str]


def unreadable(say: Say, error: SheetError) -> str:
    """Say why a list can't be read, and what would be right."""
    needed = {"name": say("name"), "email": say("e-mail"), "number": say("mobile number")}
    told = {name: f"{value:,}" if isinstance(value, int) else value for name, value in error.values.items()}
    values = {**told, "needed": needed.get(str(error.values.get("needed", "")), "")}
    match error.why:
        case "empty":
            return say("There is nothing in the list. Choose a file, or paste the rows with their first line.")
        case "large":
            return say(
                "The list is larger than %(megabytes)s MB. Split it, or keep only the columns that are used."
            ) % (values)
        case "long":
            return say("The list has %(rows)s rows, and one may have %(most)s. Split it.") % values
        case "quote":
            return say("Line %(line)s opens a quotation mark that is not closed. Close it or take it out.") % values
    return say("There is no column '%(needed)s'. The first line has: %(found)s.") % values


def reasons(say: Say) -> Callable[[Refusal], str]:
    """Return what says why a row was refused: each sentence is looked up once, however many rows there are."""
    words = {
        "no name": say("It has no name."),
        "long name": say("The name is longer than 60 characters."),
        "formula": say("It begins like a formula of a spreadsheet (=, +, - or @)."),
        "no address": say("It has no e-mail address."),
        "bad address": say("This is not an e-mail address."),
        "repeated": say("It repeats row %(first)s."),
        "rounded": say("The spreadsheet rounded the number. Make its column a text column."),
        "empty": say("It has no number."),
        "unreadable": say("This is not a phone number."),
        "impossible": say("No phone has such a number."),
        "extension": say("A number with an extension gets no texts."),
        "abroad": say("It is a number of another country."),
        "toll-free": say("It is a toll-free or pay number."),
        "landline": say("It is a landline, which gets no texts."),
    }
    return lambda refusal: words[refusal.why] % {"first": refusal.first}


def record(say: Say, form: Mapping[str, str], today: date) -> tuple[Record | None, dict[str, str]]:
    """Read the consent that an administrator records. Return it, or None and what is wrong, by field."""
    who, note = (" ".join(form.get(name, "").split()) for name in ("who", "note"))
    how, faults = form.get("how", ""), {}
    if not who or len(who) > LONGEST_NAME:
        faults["who"] = say("Write who has the consents, in up to 80 characters.")
    on = _day(form.get("on", ""))
    if on is None:
        faults["on"] = say("Write the day as 2026-03-12.")
    elif on > today:
        faults["on"] = say("That day has not been yet. Write the day on which the last of them agreed.")
    if how not in HOW:
        faults["how"] = say("Choose how they agreed.")
    if len(note) > LONGEST_NOTE:
        faults["note"] = say("The note is longer than 300 characters.")
    if form.get("each") != "yes":
        faults["each"] = say("Tick this only if each person in the list agreed. Otherwise print cards.")
    return (None if faults or on is None else Record(who, on, how, note)), faults


def _day(typed: str) -> date | None:
    try:
        return datetime.strptime(typed.strip(), "%Y-%m-%d").date()  # noqa: DTZ007  (a day has no zone)
    except ValueError:
        return None
