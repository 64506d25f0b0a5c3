"""Calendars as other programs write them."""

from __future__ import annotations


def calendar(*events: str, head: str = "") -> str:
    """Return a calendar of events, each given as its properties, one a line."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//tests//en", *head.splitlines()]
    for one in events:
        lines += ["BEGIN:VEVENT", *one.strip().splitlines(), "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


def event(uid: str = "one@test", title: str = "Rest, really", start: str = ":20270107T173000Z", more: str = "") -> str:
    """Return an event that begins at `start`: what comes after DTSTART, so `:…` or `;TZID=…:…`."""
    name = f"UID:{uid}\n" if uid else ""
    return f"{name}DTSTART{start}\nSUMMARY:{title}\n{more}"
