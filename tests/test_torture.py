"""The torture itself, short; and that its counting would say so if something were lost, missing or there twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bench import torture
from bench.counting import Due, Kept, Record, Row, Sent, Text, count
from sms_service.reminders import NOT_OUT
from tests.demo.conftest import reachable

ADA, BEN = "+18045550001", "+18045550002"


def record() -> Record:
    """A good one: Ada texts twice, once past a service that is down; Ben is asked and reminded, and says nothing."""
    return Record(
        texts=(Text("SM1", ADA, "CHECKIN", True), Text("SM2", ADA, "2", False)),
        kept={"SM1": Kept("m1", "webhook"), "SM2": Kept("m2", "collect")},
        sent=(Sent("SM3", ADA, "o1", True), Sent("SM4", BEN, "o2", True)),
        rows=(
            Row("o1", ADA, "m1", 0, "handed", None, None),
            Row("o2", BEN, "a1", 0, "delivered", None, None),
            Row("o3", BEN, "a2", 0, "dropped", "opted out", None),
        ),
        dues=(
            Due("a1", BEN, "check-in", "2026-03-11", "done", None, planned=True),
            Due("a2", BEN, "reminder-1", "2026-03-11", "done", None, planned=True),
            Due("a3", BEN, "reminder-2", "2026-03-11", "due", None, planned=False),
        ),
    )


def test_a_good_record_is_counted_as_good() -> None:
    found = count(record())
    assert (found.acknowledged, found.sent, found.lost, found.missing, found.duplicates) == (1, 2, (), (), ())
    assert found.good()
    assert found.reasons == {"dropped: opted out": 1}


def unkept(good: Record) -> Record:
    return replace(good, kept={"SM2": good.kept["SM2"]}, rows=good.rows[1:], sent=good.sent[1:])


def uncollected(good: Record) -> Record:
    return replace(good, kept={"SM1": good.kept["SM1"]})


def without_a_reply(good: Record) -> Record:
    return replace(good, rows=good.rows[1:], sent=good.sent[1:])


def reply_on_its_way(good: Record) -> Record:
    return replace(good, sent=good.sent[1:])


def reply_of_unknown_fate(good: Record) -> Record:
    row = replace(good.rows[0], state="unknown", reason="no word of it")
    return replace(good, rows=(row, *good.rows[1:]), sent=good.sent[1:])


def reply_that_reached_nobody(good: Record) -> Record:
    return replace(good, sent=(replace(good.sent[0], reached=False), good.sent[1]))


def reply_we_know_nothing_of(good: Record) -> Record:
    return replace(good, sent=(*good.sent, Sent("SM5", ADA, "o9", True)))


def stop_that_does_not_hold(good: Record) -> Record:
    kept = {**good.kept, "SM6": Kept("m6", "collect")}
    return replace(good, texts=(*good.texts, Text("SM6", ADA, "STOP", False)), kept=kept)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (unkept, "SM1: answered with 200 and not kept"),
        (uncollected, "SM2: never taken in"),
        (without_a_reply, "SM1: kept, and no reply to CHECKIN was written"),
        (reply_on_its_way, "o1: reply handed: no reason"),
        (reply_of_unknown_fate, "o1: reply unknown: no word of it"),
        (reply_that_reached_nobody, "o1: reply handed: no reason"),
        (reply_we_know_nothing_of, "SM5: sent, and not in the outbox"),
        (stop_that_does_not_hold, "SM6: the last STOP of this phone does not hold"),
    ],
)
def test_a_lost_text_is_found(spoil: Callable[[Record], Record], said: str) -> None:
    found = count(spoil(record()))
    assert found.lost == (said,)
    assert not found.good()


def test_a_stop_that_holds_is_not_found() -> None:
    spoilt = stop_that_does_not_hold(record())
    assert count(replace(spoilt, out=frozenset({ADA}))).lost == ()


def test_silence_to_somebody_who_stopped_is_no_loss() -> None:
    good = record()
    texts = (Text("SM6", ADA, "STOP", True), Text("SM7", ADA, "START", False), Text("SM8", ADA, "2", True))
    stop, start, silent = Kept("m6", "webhook", 1), Kept("m7", "collect", 3), Kept("m8", "webhook", 2)
    row = Row("o6", ADA, "m6", 0, "delivered", None, None)
    after = replace(good, texts=(*good.texts, *texts), rows=(*good.rows, row))
    after = replace(after, sent=(*after.sent, Sent("SM9", ADA, "o6", True)))
    assert count(replace(after, kept={**good.kept, "SM6": stop, "SM7": start, "SM8": silent})).lost == ()
    beside = replace(silent, at=4)  # its transaction began while the START's was under way, and may have ended before
    assert count(replace(after, kept={**good.kept, "SM6": stop, "SM7": start, "SM8": beside})).lost == ()
    late = replace(silent, at=6)  # the START was collected before this text came
    lost = count(replace(after, kept={**good.kept, "SM6": stop, "SM7": start, "SM8": late})).lost
    assert lost == ("SM8: kept, and no reply to 2 was written",)


def test_a_text_after_a_stop_is_found() -> None:
    good = record()
    stop = Text("SM6", BEN, "STOP", True, answered_at=10.0)
    left = replace(good, texts=(*good.texts, stop), out=frozenset({BEN}))
    check_in = replace(good.sent[1], reply=False, taken_at=9.0)
    before = count(replace(left, sent=(good.sent[0], check_in)))
    after = count(replace(left, sent=(good.sent[0], replace(check_in, taken_at=11.0))))
    confirmed = count(replace(left, sent=(good.sent[0], replace(check_in, taken_at=11.0, reply=True))))
    assert (before.after_stop, after.after_stop, confirmed.after_stop) == ((), ("SM4: sent after STOP",), ())
    assert not after.good()


def check_in_without_a_text(good: Record) -> Record:
    return replace(good, rows=(good.rows[0], good.rows[2]), sent=good.sent[:1])


def check_in_never_opened(good: Record) -> Record:
    late = replace(good.dues[0], state="due")
    return replace(check_in_without_a_text(good), dues=(late, *good.dues[1:]))


def check_in_not_worked_out(good: Record) -> Record:
    given_up = replace(good.dues[0], state="dropped", reason="it could not be worked out")
    return replace(check_in_without_a_text(good), dues=(given_up, *good.dues[1:]))


def reminder_of_what_did_not_go_out(good: Record) -> Record:
    left_out = replace(good.dues[1], state="dropped", reason=NOT_OUT)
    return replace(good, rows=good.rows[:2], dues=(good.dues[0], left_out, good.dues[2]))


def check_in_at_no_phone(good: Record) -> Record:
    return replace(good, sent=good.sent[:1])


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (check_in_without_a_text, "a1: check-in is done without a text (None)"),
        (check_in_never_opened, "a1: check-in is due without a text (None)"),
        (check_in_not_worked_out, "a1: check-in is dropped without a text (it could not be worked out)"),
        (reminder_of_what_did_not_go_out, f"a2: reminder-1 is dropped without a text ({NOT_OUT})"),
        (check_in_at_no_phone, "o2: check-in delivered: no reason"),
    ],
)
def test_a_missing_check_in_is_found(spoil: Callable[[Record], Record], said: str) -> None:
    found = count(spoil(record()))
    assert found.missing == (said,)
    assert not found.good()


def test_a_dropped_check_in_with_a_reason_is_not_missing() -> None:
    spoilt = check_in_without_a_text(record())
    dropped = replace(spoilt.dues[0], state="dropped", reason="paused")
    found = count(replace(spoilt, dues=(dropped, *spoilt.dues[1:])))
    assert found.missing == ()
    assert found.reasons["check-in: paused"] == 1


def test_the_same_rows_text_twice_at_a_phone_is_found() -> None:
    good = record()
    found = count(replace(good, sent=(*good.sent, Sent("SM7", ADA, "o1", True), Sent("SM8", ADA, "o1", True))))
    assert found.duplicates == ("o1: once more", "o1: once more")
    assert not found.good()


def test_what_never_reached_the_phone_is_no_second_text() -> None:
    good = record()
    assert count(replace(good, sent=(*good.sent, Sent("SM7", ADA, "o1", False)))).duplicates == ()


def test_two_check_ins_for_one_occasion_are_found() -> None:
    good = record()
    twin, row = replace(good.dues[0], id="a9", planned=False), replace(good.rows[1], id="o9", origin_id="a9")
    sent = (*good.sent, Sent("SM9", BEN, "o9", True))
    found = count(replace(good, dues=(*good.dues, twin), rows=(*good.rows, row), sent=sent))
    assert found.duplicates == ("phone 0 check-in 2026-03-11 0: once more",)


def test_one_in_a_thousand_may_come_twice() -> None:
    good = record()
    texts = tuple(Text(f"SM1{n}", ADA, "2", True) for n in range(1000))
    kept = {text.sid: Kept(f"m1{n}", "collect") for n, text in enumerate(texts)}
    many = replace(good, texts=(*good.texts, *texts), kept={**good.kept, **kept})
    assert count(replace(many, sent=(*many.sent, Sent("SM7", ADA, "o1", True)))).good()


@pytest.mark.timeout(240)  # half a minute, and more where the machine has much else to do
async def test_nothing_is_lost_whatever_is_killed() -> None:
    plan = torture.Plan(kills=6, people=12, seed=6, seconds=7, patience=60, pause=2, bell=2, hurry=True)
    with reachable() as folder:
        counts = await torture.run(plan, Path(folder))
    assert {name: counts[name] for name in ("kills", "lost", "missing", "duplicates", "after_stop")} == {
        "kills": 6,
        "lost": 0,
        "missing": 0,
        "duplicates": 0,
        "after_stop": 0,
    }
    assert counts["acknowledged"]
    assert counts["sent"]
