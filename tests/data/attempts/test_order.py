"""Positions of first successes, and exports of attempts that were joined more than once."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayescale.data.attempts.order import first_by, multiples
from bayescale.data.trials import read_trials
from tests.data.trials_validation.attempt_tables import exports, refused, results

ATTEMPT = st.tuples(st.sampled_from(["true", "false", "blank"]), st.booleans())


@settings(max_examples=25, deadline=None)
@given(st.dictionaries(st.tuples(st.sampled_from("pq"), st.integers(0, 30)), ATTEMPT, min_size=1, max_size=12))
def test_first_success_counts_the_attempts_that_ran(attempts: dict[tuple[str, int], tuple[str, bool]]) -> None:
    rows = pd.DataFrame(
        [(problem, str(n), verdict, flagged) for (problem, n), (verdict, flagged) in attempts.items()],
        columns=["problem", "attempt", "verdict", "flagged"],
    )
    first: dict[str, int] = {}
    for problem in "pq":
        ran = [
            verdict
            for (name, _), (verdict, flagged) in sorted(attempts.items())
            if name == problem and verdict != "blank" and not flagged
        ]
        if "true" in ran:
            first[problem] = ran.index("true") + 1
    result = first_by(rows, ["problem"], ["problem"])
    assert result is not None
    assert result.to_dict() == first


def test_attempts_without_distinct_numbers_have_no_order() -> None:
    rows = pd.DataFrame({"problem": "p", "attempt": ["1", "1"], "verdict": "true", "flagged": False})
    assert first_by(rows, ["problem"], ["problem"]) is None
    assert first_by(rows.assign(attempt=["1", "x"]), ["problem"], ["problem"]) is None


def test_counts_are_copies_where_many_different_ones_share_a_factor() -> None:
    successes = np.arange(1, 31)
    failures = 40 - successes
    assert multiples(successes, failures) == []
    (message,) = multiples(3 * successes, 3 * failures)
    assert "30 problems are all multiples of 3" in message
    assert multiples(2 * successes[:4], 2 * failures[:4]) == []  # four problems agree by chance
    assert multiples(np.full(30, 2), np.full(30, 4)) == []  # equal counts are by design


@pytest.mark.parametrize("behind", ["index", "timestamp", "exported_at", "Unnamed: 0", "row_number"])
@pytest.mark.parametrize("shuffled", [False, True])
def test_an_export_joined_twice_is_refused_despite_an_index_or_a_date(behind: str, shuffled: bool) -> None:
    twice = pd.concat([exports(), exports()], ignore_index=True)
    twice[behind] = [f"2026-01-01 {i}" for i in range(len(twice))] if "t" in behind else range(len(twice))
    twice = twice.sample(frac=1, random_state=1) if shuffled else twice
    refused(lambda: read_trials(twice), "the same attempt more than once", "attempt 1 (rows ")
    refused(lambda: read_trials(twice.drop(columns="attempt")), "multiples of 2", "joined several times")
    assert len(read_trials(exports().assign(**{behind: range(320)})).grouped().table) == 40


def test_texts_that_all_recur_are_an_export_joined_twice() -> None:
    raw = results(problems=4).drop(columns="result")
    refused(lambda: read_trials(pd.concat([raw, raw, raw])), "every row occurs 3 times")
    same = raw.assign(completion="I cannot help with that.", success=False)  # as a model at temperature 0 answers
    assert read_trials(pd.concat([same, same])).table["attempts"].sum() == 40


def test_attempts_that_are_different_are_no_copies() -> None:
    again = exports(seed=4).assign(attempt=lambda t: t["attempt"] + 8)
    assert read_trials(pd.concat([exports(), again])).table["attempts"].tolist() == [16] * 40
    seeds = pd.concat([exports().assign(seed=1), exports(seed=4).assign(seed=2)])  # numbered anew with every seed
    assert read_trials(seeds).grouped().table["attempts"].tolist() == [16] * 40
    assert len(read_trials(exports().drop(columns="attempt")).table) == 40
    regular = pd.DataFrame([(p, k % 2) for p in range(30) for k in range(4)], columns=["problem", "success"])
    assert (read_trials(regular).table["successes"] == 2).all()
