"""Does the ledger keep every forecast as it was published, and take a score once?"""

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from bayescale.errors import InputError
from bayescale.maintenance.store.forecast_log import COLUMNS, QUANTILES, empty, from_dataset, merge, to_dataset
from bayescale.maintenance.store.posteriors import Store

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def forecasts(count: int = 2, **more: object) -> pd.DataFrame:
    """New forecasts, as `ops.ledger.forecast_rows` makes them."""
    rows = pd.DataFrame(
        {
            "family": ["a", ""][:count],
            "run": "",
            "response": "loss",
            "inputs": ['{"n_params": 7e+10}', '{"n_params": 1e+11}'][:count],
            "prob": 0.9,
            "law_median": 2.0,
            "law_lower": 1.9,
            "law_upper": 2.1,
            "run_median": 2.0,
            "run_lower": 1.8,
            "run_upper": 2.2,
            "extrapolation": [12.5, 40.0][:count],
            "flag": ["", "40x beyond the data: héhé"][:count],
        }
    )
    levels = pd.DataFrame({name: 1.8 + 0.004 * i + np.zeros(count) for i, name in enumerate(QUANTILES)})
    extra = pd.DataFrame({name: [value] * count for name, value in more.items()})
    return pd.concat([rows, levels, extra], axis=1)


def score(name: str, **more: object) -> pd.DataFrame:
    row = {"forecast": name, "scored_run": "big-1", "observed": 2.15, "pit": 0.93, "inside": 1.0}
    return pd.DataFrame([{**row, **more}])


def test_forecasts_are_stamped_and_scored_once() -> None:
    first = merge(empty(), forecasts(), 3, NOW)
    assert first["forecast"].tolist() == ["3.1", "3.2"]
    assert first["version"].tolist() == [3.0, 3.0]
    assert set(first["published"]) == {NOW.isoformat()}
    assert first["observed"].isna().all()
    both = pd.concat([forecasts(1), score("3.2")], ignore_index=True)
    second = merge(first, both, 4, NOW.replace(hour=13))
    assert second["forecast"].tolist() == ["3.1", "3.2", "4.1"]
    scored = second.set_index("forecast").loc["3.2"]
    assert (scored["observed"], scored["pit"], scored["inside"], scored["scored_version"]) == (2.15, 0.93, 1.0, 4.0)
    assert (scored["scored_run"], scored["landed"]) == ("big-1", NOW.replace(hour=13).isoformat())
    unscored = second.drop(columns=["scored_run", "observed", "pit", "inside", "landed", "scored_version"])
    pd.testing.assert_frame_equal(unscored.iloc[:2], first[unscored.columns])


def test_a_whole_row_can_carry_its_score() -> None:
    first = merge(empty(), forecasts(), 1, NOW)
    carried = first.iloc[[0]].assign(scored_run="big-1", observed=2.15, pit=0.93, inside=1.0)
    assert merge(first, carried, 2, NOW)["observed"].tolist()[0] == 2.15


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (score("1.1", law_median=9.0), "forecast '1.1' would change in law_median"),
        (score("1.1", family="b"), "forecast '1.1' would change in family"),
        (score("1.7"), "forecast '1.7' is not in the forecast log"),
        (score("1.1", pit=np.nan), "a score needs observed, pit and inside"),
        (pd.concat([score("1.1"), score("1.1")]), "forecast '1.1' is scored twice"),
        (score("1.1", observd=1.0), "column 'observd' is no column of the forecast log. Did you mean 'observed'"),
        (forecasts().drop(columns="prob"), "column 'prob' of new forecasts must not be blank"),
        (forecasts(observed=2.0), "a new forecast cannot have a score"),
    ],
)
def test_what_was_published_stays(rows: pd.DataFrame, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        merge(merge(empty(), forecasts(), 1, NOW), rows, 2, NOW)


def test_a_score_stays() -> None:
    scored = merge(merge(empty(), forecasts(), 1, NOW), score("1.1"), 2, NOW)
    with pytest.raises(InputError, match="was scored before, by 'big-1'"):
        merge(scored, score("1.1", observed=9.9), 3, NOW)


def test_a_ledger_comes_back_as_it_was() -> None:
    ledger = merge(merge(empty(), forecasts(), 1, NOW), score("1.2"), 2, NOW)
    pd.testing.assert_frame_equal(from_dataset(to_dataset(ledger)), ledger)
    pd.testing.assert_frame_equal(from_dataset(to_dataset(empty())), empty())
    assert list(empty()) == list(COLUMNS)


def test_forecasts_and_scores_are_published_with_their_version_or_not_at_all(store: Store, tree: xr.DataTree) -> None:
    store.publish("pile", tree, {}, ledger=forecasts(), now=NOW)
    with pytest.raises(InputError, match=r"'1\.9' is not in the forecast log"):
        store.publish("pile", tree, {}, ledger=score("1.9"))
    assert [one.number for one in store.history("pile")] == [1]
    noted = store.note("pile", {"why": "R-hat"}, ledger=score("1.1"))
    published = store.publish("pile", tree, {}, ledger=pd.concat([forecasts(1), score("1.2")], ignore_index=True))
    ledger = store.ledger("pile")
    assert ledger["forecast"].tolist() == ["1.1", "1.2", "3.1"]
    assert ledger["scored_version"].tolist()[:2] == [noted.number, published.number]
    pd.testing.assert_frame_equal(store.ledger("pile", 1), merge(empty(), forecasts(), 1, NOW))
    store.publish("pile", tree, {})
    store.rollback("pile", 1)
    store.retain("pile", keep=1)
    pd.testing.assert_frame_equal(store.ledger("pile"), ledger)


def test_a_model_that_forecast_nothing_has_an_empty_ledger(store: Store, tree: xr.DataTree) -> None:
    store.publish("pile", tree, {})
    pd.testing.assert_frame_equal(store.ledger("pile"), empty())
