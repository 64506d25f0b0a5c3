"""The letters that carry a link, and what is written on paper where no letter can be sent."""

from __future__ import annotations

from typing import NamedTuple

from sms_service.mail import send
from sms_service.runtime import Runtime
from sms_service.translation import say


class Letter(NamedTuple):
    """A letter's subject and its words."""

    subject: str
    body: str


def invitation(language: str, program: str, link: str) -> Letter:
    """Return the letter to somebody who is to have an account."""
    words = say(
        language,
        "You are invited to the console of %(program)s, a check-in line for clinicians.\n\n"
        "This link makes your account. It works once, and for 3 days. Have your phone with an authenticator app at "
        "hand.\n\n%(link)s\n\nIf you did not expect this, leave it: nothing happens.",
    )
    return Letter(say(language, "Your account for the check-in line"), words % {"program": program, "link": link})


def further(language: str, program: str, link: str) -> Letter:
    """Return the letter to somebody who has an account and is to have a role in a program, too."""
    words = say(
        language,
        "You are invited to the console of %(program)s, a check-in line for clinicians.\n\n"
        "You have an account already. Sign in to it, then open this link to take the role. It works once, and for 3 "
        "days.\n\n%(link)s\n\nIf you did not expect this, leave it: nothing happens.",
    )
    return Letter(say(language, "A role for your account"), words % {"program": program, "link": link})


def reset(language: str, link: str) -> Letter:
    """Return the letter to somebody whose password is to be new."""
    words = say(
        language,
        "This link gives your account for the check-in line a new password. It works once, and for an hour.\n\n"
        "%(link)s\n\nIf you did not ask for it, leave it: nothing changes, and nobody gets in with this letter alone.",
    )
    return Letter(say(language, "A new password for the check-in line"), words % {"link": link})


def mended(language: str, link: str) -> Letter:
    """Return the letter to somebody whom an administrator gave a new way in."""
    words = say(
        language,
        "Your administrator made you a new way into the check-in line: a new password and a new code for your phone's "
        "app. The link works once, and for 3 days.\n\n%(link)s\n\nIf you did not ask for it, tell your administrator.",
    )
    return Letter(say(language, "A new way into the check-in line"), words % {"link": link})


def factor_changed(language: str) -> Letter:
    """Return the letter to somebody whose codes come from another phone now."""
    words = say(
        language,
        "The codes for your account of the check-in line come from another phone's app now. Whoever did it had your "
        "password and a code.\n\nIf it was not you, tell your administrator at once.",
    )
    return Letter(say(language, "Another phone for the check-in line"), words)


async def post(rt: Runtime, to: str, letter: Letter) -> bool:
    """Send a letter; False where no mail is set up or it could not be handed over."""
    return bool(rt.settings.smtp_url) and await send(rt.settings, to, letter.subject, letter.body)
