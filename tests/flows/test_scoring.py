import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.scoring import BANDS, ITEMS, Feedback, Scores, band, feedback, pattern, rolling, rolling_items, scores

answers = st.integers(0, 4)
weeks = st.dictionaries(st.sampled_from(ITEMS), answers)
full_weeks = st.fixed_dictionaries(dict.fromkeys(ITEMS, answers))
histories = st.lists(weeks, max_size=8)

CALM = dict.fromkeys(ITEMS, 0)
HEAVY = dict.fromkeys(ITEMS, 4)
HARD = {"drained": 2, "numb": 2, "carry": 2, "help": 2}


def week(drained=None, numb=None, carry=None, help=None):
    return {"drained": drained, "numb": numb, "carry": carry, "help": help}


@pytest.mark.parametrize(
    ("answered", "expected"),
    [
        (week(3, 2, 1, 4), Scores(75, 37.5, 100)),
        (week(0, 0, 0, 0), Scores(0, 0, 0)),
        (week(numb=3), Scores(None, 75, None)),
        (week(carry=2), Scores(None, 50, None)),
        (week(drained=1), Scores(25, None, None)),
        ({}, Scores(None, None, None)),
        ({"drained": 5, "numb": -1, "carry": "3", "help": True, "patience": 4}, Scores(None, None, None)),
    ],
)
def test_a_week_is_scored_item_by_item(answered, expected):
    assert scores(answered) == expected


def test_rolling_takes_the_last_four_answered_weeks():
    listed = [HEAVY, week(0, 0, 0, 0), {}, week(1, 1, 1, 1), {"patience": 4}, week(2, 2, 2, 2), week(3, 3, 3, 3)]
    assert rolling(listed) == Scores(37.5, 37.5, 37.5)
    assert rolling([]) == Scores(None, None, None)


def test_a_score_missing_in_a_week_is_left_out_of_its_mean():
    assert rolling([week(drained=4), week(drained=2, help=1)]) == Scores(75, None, 25)
    assert rolling_items([week(drained=4), week(drained=2, help=1)]) == {"drained": 3, "help": 1}


@pytest.mark.parametrize(
    ("mean", "expected"),
    [
        *((0, "steady"), (24.99, "steady"), (25, "watch"), (49.9, "watch"), (50, "strained")),
        *((74.9, "strained"), (75, "high"), (100, "high")),
    ],
)
def test_bands_begin_at_25_50_and_75(mean, expected):
    assert band(mean) == expected


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ([week(1, 0, 4, 1)], "carrying"),
        ([week(1, 4, 0, 1)], "numbing"),
        ([week(1, 3, 3, 1)], "both"),
        ([week(1, 1, 1, 4)], "compassion"),
        ([week(4, 1, 1, 1)], "burnout"),
        ([week(2, 2, 2, 2)], "mixed"),
        ([week(3, 3, 3, 2)], "mixed"),
        ([week(1, 2, 4, 1)], "mixed"),
        ([week(1, 2, 3, 0)], "mixed"),
        ([week(numb=4)], "numbing"),
        ([week(carry=3)], "carrying"),
        ([week(drained=2)], "burnout"),
        ([week(1, 0, 4, 0), week(1, 0, 2, 0), week(1, 1, 3, 0)], "carrying"),
        ([CALM], "mixed"),
        ([], "mixed"),
    ],
)
def test_a_pattern_has_to_lead(listed, expected):
    assert pattern(listed) == expected


@pytest.mark.parametrize(("drained", "expected"), [((2, 2, 2), "mixed"), ((3, 2, 2), "burnout")])
def test_fifteen_points_are_a_lead(drained, expected):
    # Burnout 50 or 58.3 against compassion 41.7.
    assert pattern([week(d, 0, 0, h) for d, h in zip(drained, (2, 2, 1), strict=True)]) == expected


@pytest.mark.parametrize(
    ("history", "now", "expected"),
    [
        ([], CALM, ("steady", 0)),
        ([], HEAVY, ("watch", 1)),
        ([], HARD, ("watch", 1)),
        ([], week(1, 1, 1, 1), ("watch", 0)),
        ([CALM], HEAVY, ("watch", 1)),
        ([CALM] * 3, week(drained=4), ("watch", 0)),
        ([CALM] * 9, week(0, 4, 0, 0), ("watch", 0)),
        ([HEAVY], CALM, ("watch", 2)),
        ([HARD], HARD, ("strained", 2)),
        ([HARD, {}, {"patience": 4}], HARD, ("strained", 2)),
        ([HARD, HARD], HARD, ("high", 3)),
        ([HEAVY], HEAVY, ("high", 2)),
        ([HEAVY, HEAVY, CALM, CALM], CALM, ("watch", 0)),
        ([HARD, HARD, HARD], CALM, ("watch", 0)),
    ],
)
def test_the_band_of_a_check_in(history, now, expected):
    found = feedback(history, now)
    assert found is not None
    assert (found.band, found.weeks_strained) == expected


def test_nothing_answered_gets_no_feedback():
    assert feedback([HEAVY, HEAVY], {}) is None
    assert feedback([], {"drained": None}) is None


def test_feedback_names_the_pattern_of_the_window():
    assert feedback([week(1, 0, 4, 1)], week(1, 0, 3, 1)) == Feedback("watch", "carrying", 0)


@given(histories, weeks)
def test_any_history_gets_feedback_if_something_was_answered(history, now):
    found = feedback(history, now)
    assert (found is None) == (not now)
    assert found is None or found.band in BANDS


@given(histories, full_weeks, st.data())
def test_a_heavier_answer_never_makes_a_lighter_band(history, now, data):
    listed = [*history, now]
    place = data.draw(st.sampled_from([i for i, one in enumerate(listed) if one]))
    item = data.draw(st.sampled_from(sorted(listed[place])))
    heavier = [dict(one) for one in listed]
    heavier[place][item] = min(4, heavier[place][item] + 1)
    before, after = feedback(listed[:-1], now), feedback(heavier[:-1], heavier[-1])
    assert before is not None
    assert after is not None
    assert BANDS.index(before.band) <= BANDS.index(after.band)


@given(st.lists(st.just(CALM), max_size=6), full_weeks, st.lists(st.just(CALM), max_size=6))
def test_one_week_never_alarms_whenever_it_was(before, bad, after):
    listed = [*before, bad, *after]
    found = feedback(listed[:-1], listed[-1])
    assert found is not None
    assert found.band in ("steady", "watch")


@given(weeks.filter(bool))
def test_a_first_week_is_at_most_watch(now):
    found = feedback([], now)
    assert found is not None
    assert found.band in ("steady", "watch")


@given(histories, weeks.filter(lambda one: 4 in one.values()))
def test_an_always_is_never_steady(history, now):
    found = feedback(history, now)
    assert found is not None
    assert found.band != "steady"


@given(histories)
def test_scores_stay_between_0_and_100(history):
    assert all(0 <= score <= 100 for score in rolling(history).known())
    assert all(0 <= mean <= 4 for mean in rolling_items(history).values())
