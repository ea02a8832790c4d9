"""The outlook of a run under way, from golden posteriors: it follows the evaluations, and training never stops."""

import math

import pytest

from bayescale.callbacks.tracking import RunTracker
from bayescale.errors import InputError
from bayescale.scaling.result import Fit
from tests.golden import golden
from tests.simulation import RUN_EFFECTS, learning_curves, simulated_runs


def tracker(fit: Fit, threshold: float = 2.5) -> RunTracker:
    return RunTracker(
        fit, simulated_runs(), run="new", family="a", inputs={"n_params": 1e9}, end=4e10, threshold=threshold
    )


def test_the_outlook_follows_the_evaluations(plain_fit: Fit) -> None:
    usual = plain_fit.forecast([{"family": "a", "n_params": 1e9, "n_tokens": 1e10}]).table.iloc[0]
    better, worse = (tracker(plain_fit).observe(1e10, usual[f"run_{end}"]) for end in ("lower", "upper"))
    assert (better.evaluations, better.note) == (1, "")
    assert better.median < worse.median
    assert better.probability > worse.probability


def test_only_the_last_evaluation_counts_in_a_fit_of_finished_runs(plain_fit: Fit) -> None:
    several = tracker(plain_fit)
    several.observe(5e9, 2.9)
    assert several.observe(1e10, 2.72) == tracker(plain_fit).observe(1e10, 2.72)


def test_all_evaluations_count_in_a_fit_of_learning_curves() -> None:
    rows = learning_curves(RUN_EFFECTS)
    one = rows[rows["run"] == "r0"]
    curve = RunTracker(
        golden("curves"), rows, run="new", family="all", inputs={}, end=2e4, threshold=1.0, along="examples"
    )
    outlooks = [curve.observe(row.examples, row.loss) for row in one.iloc[:3].itertuples()]
    assert outlooks[0].evaluations == 1
    assert outlooks[1].evaluations == 2
    assert outlooks[0].note == ""
    again = curve.observe(one["examples"].iloc[0], one["loss"].iloc[0])  # restarted from the first checkpoint
    assert again == outlooks[0]


def test_what_cannot_be_used_is_noted_and_the_last_outlook_stays(plain_fit: Fit) -> None:
    run = tracker(plain_fit)
    good = run.observe(1e10, 2.72)
    for at, loss, words in (
        (2e10, math.nan, "left out"),
        (2e10, 9.0, "a re-fit is needed"),
        (2e10, -1.0, "not updated"),
    ):
        outlook = run.observe(at, loss)
        assert words in outlook.note
        assert (outlook.probability, outlook.median) == (good.probability, good.median)
        assert run.sentence(outlook).endswith(outlook.note)


def test_the_sentence_has_probability_and_interval(plain_fit: Fit) -> None:
    run = tracker(plain_fit, threshold=99.0)
    assert "P(end < 99) = 100 %, end 2." in run.sentence(run.observe(1e10, 2.72))


def test_bad_input_is_refused_before_training(plain_fit: Fit) -> None:
    with pytest.raises(InputError, match="nobody"):
        RunTracker(
            plain_fit, simulated_runs(), run="x", family="nobody", inputs={"n_params": 1e9}, end=4e10, threshold=2.5
        )
    with pytest.raises(InputError, match="leave it out"):
        RunTracker(plain_fit, simulated_runs(), run="x", family="a", inputs={"n_tokens": 1e9}, end=4e10, threshold=2.5)
    with pytest.raises(InputError, match=r"one of fit\.members"):
        tracker(golden("stack"))
