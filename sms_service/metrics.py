"""Everything this service counts, in one place.

No label says who somebody is, which number wrote, or what was heard in a reply: someone who polls these figures while
a colleague is texting must learn nothing about that colleague. So there is no outcome "risk" and no label "program".
"""

from __future__ import annotations

from prometheus_client import REGISTRY, Counter, Histogram

__all__ = ["BATCH", "CALLS", "FAILURES", "INBOUND", "REGISTRY", "SCREEN_FAULTS", "STATUSES"]

INBOUND = Counter(
    "checkin_inbound_texts",
    "Texts that came in, by outcome: answered, refused, unavailable or failed",
    ["outcome"],
)
CALLS = Counter(
    "checkin_call_requests",
    "Requests of automated calls, by outcome: answered, hidden, reported, unavailable or failed",
    ["outcome"],
)
BATCH = Histogram(
    "checkin_inbound_batch_size",
    "Texts taken in one transaction of the inbox",
    buckets=(1, 2, 4, 8, 16, 32, 64, 128),
)
STATUSES = Counter("checkin_status_callbacks", "Twilio's reports on a message, by the status reported", ["status"])
FAILURES = Counter("checkin_failed_texts", "Texts that failed, by the class of Twilio's error code", ["class"])
SCREEN_FAULTS = Counter(
    "checkin_screen_faults", "Texts that the screen for danger could not read, and that got the resources for it"
)
