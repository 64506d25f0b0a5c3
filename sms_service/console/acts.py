"""What stands in the audit log, in words. An area adds a line for each act that it notes."""

from __future__ import annotations

from sms_service.translation import Word, say

ACTS = {
    "signed.in": Word("Signed in"),
    "signed.out": Word("Signed out"),
    "sign-in.failed": Word("Failed to sign in"),
    "account.invited": Word("Invited somebody"),
    "account.added": Word("Added an account"),
    "account.changed": Word("Changed their name or language"),
    "account.closed": Word("Closed an account"),
    "account.opened": Word("Opened an account again"),
    "invitation.accepted": Word("Accepted an invitation"),
    "reset.asked": Word("Asked for a new password"),
    "reset.made": Word("Made a new way in"),
    "password.reset": Word("Got a new password by a link"),
    "password.changed": Word("Changed their password"),
    "factor.changed": Word("Changed to another phone's codes"),
    "codes.renewed": Word("Made new recovery codes"),
    "session.ended": Word("Ended a session"),
    "role.changed": Word("Changed a role"),
    "schedule.changed": Word("Changed the schedule"),
    "program.added": Word("Made a program"),
    "program.put-back": Word("Put settings back"),
    "program.paused": Word("Paused a program"),
    "program.resumed": Word("Ended a program's pause"),
    "program.live": Word("Took a program live"),
    "program.renamed": Word("Changed a name, address or number"),
    "program.removed": Word("Removed a draft"),
    "settings.changed": Word("Changed the settings"),
    "keyword.added": Word("Added a keyword"),
    "keyword.removed": Word("Took a keyword away"),
    "groups.changed": Word("Changed the reporting groups"),
    "accounts.read": Word("Read the accounts"),
    "log.read": Word("Read the log"),
    "change.proposed": Word("Proposed another number or link"),
    "change.confirmed": Word("Confirmed another number or link"),
    "change.dropped": Word("Dropped another number or link"),
    "go-live.confirmed": Word("Confirmed an item of going live"),
    "go-live.taken-back": Word("Took a confirmation back"),
    "test-text.sent": Word("Had a test text sent"),
    "test-phone.confirmed": Word("Confirmed a test phone"),
    "test-phone.forgotten": Word("Let a test phone go"),
    "fault.looked_up": Word("Looked up what kept a text back"),
    "person.removed": Word("Took a number out"),
    "person.moved": Word("Ended an old number"),
    "event.added": Word("Added an event"),
    "resource.added": Word("Added a place to turn"),
    "resource.checked": Word("Recorded how a place to turn was tried"),
    "resource.removed": Word("Took a place to turn off the list"),
    "event.changed": Word("Changed an event"),
    "event.removed": Word("Removed an event"),
    "calendar.read": Word("Took events in from a calendar"),
    "video.added": Word("Added a video"),
    "video.changed": Word("Changed a video"),
    "video.removed": Word("Removed a video"),
    "play.saved": Word("Saved a play"),
    "play.kept": Word("Kept a play as it goes now"),
    "play.removed": Word("Removed a play"),
    "invitations.printed": Word("Printed invitations"),
    "invitations.downloaded": Word("Downloaded invitations"),
    "invitations.mailed": Word("Had letters of invitation sent"),
    "invitations.texted": Word("Had invitations texted"),
    "number.read": Word("Saw a person's number"),
    "call.taken": Word("Took a call"),
    "call.closed": Word("Closed a call"),
    "log.exported": Word("Exported the log"),
    # Only at the command line.
    "person.read": Word("Read why somebody got no text"),
    "sender.started": Word("Let a number send again"),
    "sender.changed": Word("Changed how a number sends"),
    "hard-event.begun": Word("Began the weeks after something hard"),
    "hard-event.over": Word("Ended the weeks after something hard"),
    "flows.published": Word("Published flows"),
    "lead.added": Word("Put a support lead on the roster"),
    "lead.away": Word("Noted a support lead's days off"),
    "lead.removed": Word("Took a support lead off the roster"),
    "leads.read": Word("Read the support leads' numbers"),
}
_OF_CALLS = ("call.", "number.")


def shown(language: str) -> list[tuple[str, str]]:
    """Return the acts that the log's page may show, each with its words, by these."""
    found = [(act, words(language, act)) for act in ACTS if not act.startswith(_OF_CALLS)]
    return sorted(found, key=lambda one: one[1])


def words(language: str, act: str) -> str:
    """Return an act in words, or as it is stored if nobody wrote any."""
    return say(language, ACTS.get(act, act))
