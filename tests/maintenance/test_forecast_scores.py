"""Which run answers which forecast?"""

from datetime import UTC, datetime

import pandas as pd
import pytest

from bayescale.maintenance import forecast_scores
from bayescale.maintenance.store.forecast_log import empty, merge
from bayescale.scaling.result import Fit

INPUTS = {"n_params": 5e9, "n_tokens": 1e11}


@pytest.fixture(scope="module")
def kept(plain_fit: Fit) -> pd.DataFrame:
    """A ledger of three forecasts: of family a, of one never seen, and of a named run of one never seen."""
    targets = pd.DataFrame(
        [
            {"family": "a", "run": None, **INPUTS},
            {"family": None, "run": None, **INPUTS},
            {"family": None, "run": "first of c", **INPUTS},
        ]
    )
    rows = forecast_scores.forecast_rows(plain_fit.forecast(targets), plain_fit.families)
    return merge(empty(), rows, 1, datetime(2026, 5, 1, tzinfo=UTC))


def answered(kept: pd.DataFrame, family: str, run: str = "new", **inputs: float) -> list[str]:
    """Names of the forecasts that a run lands."""
    new = pd.DataFrame([{"family": family, "run": run, **INPUTS, **inputs, "loss": 2.3}])
    return list(forecast_scores.score_landed(kept, new, "loss")["forecast"])


def test_a_run_of_a_known_family_answers_for_that_family_alone(kept: pd.DataFrame) -> None:
    assert answered(kept, "a") == ["1.1"]
    assert answered(kept, "b") == []
    assert answered(kept, "b", "first of c") == []


def test_what_was_said_of_a_family_never_seen_is_answered_by_a_new_family(kept: pd.DataFrame) -> None:
    assert answered(kept, "c") == ["1.2"]
    assert answered(kept, "c", "first of c") == ["1.2", "1.3"]


def test_inputs_must_be_those_of_the_forecast(kept: pd.DataFrame) -> None:
    assert answered(kept, "a", n_params=5.05e9) == ["1.1"]
    assert answered(kept, "a", n_params=5.5e9) == []


def test_a_ledger_that_did_not_keep_families_scores_nothing_as_new(kept: pd.DataFrame) -> None:
    assert answered(kept.assign(known_families=""), "c") == []


def test_a_forecast_of_a_run_that_is_known_is_none(plain_fit: Fit) -> None:
    known = pd.DataFrame([{"family": "a", "run": "a0", **INPUTS, "loss": 2.3}])
    targets = pd.DataFrame([{"family": "a", **INPUTS}, {"family": None, **INPUTS}])
    rows = forecast_scores.forecast_rows(plain_fit.forecast(targets), plain_fit.families)
    assert list(forecast_scores.without_landed(rows, known)["family"]) == [""]
