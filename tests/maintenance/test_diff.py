"""Does a diff find what moved, and the runs that moved it?"""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from bayescale.errors import ChecksFailed, InputError
from bayescale.maintenance.diff import Diff, diff
from bayescale.maintenance.influence import ALL
from bayescale.scaling.fit import fit
from bayescale.scaling.sampling.sampler import Sampler
from bayescale.scaling_laws.registry import law
from tests.conftest import TRUTH, simulated_runs

TARGETS = [{"family": "a", "n_params": 7e9, "n_tokens": 1.4e11}, {"family": "b", "n_params": 7e9, "n_tokens": 1.4e11}]
SAMPLER = Sampler(draws=1500, tune=300, chains=2, attempts=1)


def fitted(runs: pd.DataFrame) -> xr.DataTree:
    """A posterior, converged or not quite: what is compared here is larger than that."""
    try:
        done = fit(runs, law="chinchilla", discrepancy=False, noise="constant", sampler=SAMPLER, random_seed=1)
    except ChecksFailed as failed:
        done = failed.fit
    return done.tree


def run(name: str, n_params: float, n_tokens: float, off: float) -> dict[str, object]:
    """A run of family a, so much off the law."""
    inputs = {"n_params": n_params, "n_tokens": n_tokens}
    loss = float(law("chinchilla").predict(inputs, TRUTH["a"])) * off
    return {"family": "a", "run": name, **inputs, "loss": loss}


@pytest.fixture(scope="module")
def runs() -> pd.DataFrame:
    """Fifteen runs a family, a large one that is worse than the law says, and two that say nothing new."""
    more = [run("big", 2e9, 6e10, 1.015), run("mid", 1e8, 3e9, 1.0), run("other", 1.5e8, 2e9, 1.0)]
    return pd.concat([simulated_runs(n=15), pd.DataFrame(more)], ignore_index=True)


@pytest.fixture(scope="module")
def before(runs: pd.DataFrame) -> xr.DataTree:
    return fitted(runs[~runs["run"].isin(["big", "mid", "other"])])


@pytest.fixture(scope="module")
def after(runs: pd.DataFrame) -> xr.DataTree:
    return fitted(runs[runs["run"] != "b0"])


@pytest.fixture(scope="module")
def found(before: xr.DataTree, after: xr.DataTree) -> Diff:
    return diff(before, after, TARGETS)


def test_runs_that_came_and_went_are_named(found: Diff, runs: pd.DataFrame) -> None:
    table, given = found.runs.set_index("run"), runs.set_index("run")
    assert table["change"].to_dict() == {"big": "added", "mid": "added", "other": "added", "b0": "removed"}
    for name in ("loss", "n_params", "n_tokens"):
        assert table.loc["big", "after" if name == "loss" else name] == pytest.approx(given.loc["big", name])
    assert np.isnan(table.loc["big", "before"])
    assert table.loc["b0", "before"] == pytest.approx(given.loc["b0", "loss"])


def test_the_run_that_moved_the_forecast_comes_first(found: Diff) -> None:
    own = found.influence[(found.influence["target"] == 0) & (found.influence["run"] != ALL)]
    assert own.iloc[0][["run", "family", "change"]].tolist() == ["big", "a", "added"]
    assert own.iloc[0]["effect"] > 2 * own.iloc[1:]["effect"].abs().max()
    moved, error = found.forecasts.loc[0, ["moved", "error"]]
    assert moved > 4 * error, "it did move, by more than the sampler's error, and upwards as that run says"
    assert set(own["run"]) == {"big", "mid", "other", "b0"}
    assert own.set_index("run").loc["b0", "change"] == "removed"


def test_without_the_runs_that_came_the_forecast_is_what_it_was(found: Diff) -> None:
    whole = found.influence[(found.influence["run"] == ALL)].set_index("target")
    for target in (0, 1):
        moved, error = found.forecasts.loc[target, ["moved", "error"]]
        if whole.loc[target, "trusted"]:
            assert whole.loc[target, "effect"] == pytest.approx(moved, abs=0.5 + 4 * error)
        else:
            assert whole.loc[target, "pareto_k"] > 0.7


def test_what_moved_is_in_standard_deviations(found: Diff, before: xr.DataTree, after: xr.DataTree) -> None:
    row = found.parameters.set_index(["parameter", "family"]).loc[("alpha", "a")]
    one, two = (tree["posterior"]["alpha"].sel(family="a").to_numpy() for tree in (before, after))
    assert (row["before"], row["after"]) == (np.median(one), np.median(two))
    assert row["moved"] == pytest.approx((np.median(two) - np.median(one)) / one.std(), rel=0.3)
    assert found.parameters["moved"].abs().is_monotonic_decreasing
    assert set(found.parameters["law"]) == {"chinchilla"}
    assert set(found.parameters.loc[found.parameters["family"].isna(), "parameter"]) == {"noise_floor", "noise_df"}


def test_nothing_moved_between_a_posterior_and_itself(before: xr.DataTree) -> None:
    same = diff(before, before)
    assert len(same.runs) == len(same.influence) == 0
    assert (same.forecasts["moved"] == 0).all()
    assert (same.parameters["moved"] == 0).all()
    assert same.forecasts["family"].tolist() == ["a", "b"]
    largest = simulated_runs(n=15).query("family == 'a'")["n_params"].max()
    assert same.forecasts.loc[0, "n_params"] == pytest.approx(10 * largest)


def test_a_changed_measurement_is_a_changed_run(before: xr.DataTree) -> None:
    edited = before.copy()
    data = before["observed_data"].to_dataset()
    data["scaled_response"] = data["scaled_response"] + xr.where(data["obs"] == 0, 0.01, 0.0)
    edited["observed_data"] = data
    changed = diff(before, edited, TARGETS)
    assert changed.runs["change"].tolist() == ["changed"]
    assert changed.runs.loc[0, "after"] == pytest.approx(changed.runs.loc[0, "before"] * np.exp(0.01))


def test_a_family_that_was_not_there_has_no_forecast_before(before: xr.DataTree, after: xr.DataTree) -> None:
    new = after.copy()
    for group in ("posterior", "constant_data"):
        renamed = after[group].to_dataset()
        new[group] = renamed.assign_coords(family=np.array(["a", "c"]))
    table = diff(before, new, [TARGETS[0], {**TARGETS[1], "family": "c"}, {**TARGETS[0], "family": None}]).forecasts
    assert np.isnan(table.loc[1, "before"])
    assert np.isfinite(table.loc[[0, 2], ["before", "after", "moved"]].to_numpy(dtype=float)).all()
    assert np.isfinite(table.loc[1, "after"])


def test_laws_are_compared_by_name(before: xr.DataTree, after: xr.DataTree) -> None:
    other = after.copy()
    other.attrs = after.attrs | {"bayescale_spec": after.attrs["bayescale_spec"].replace('"chinchilla"', '"another"')}
    found = diff(before, other, TARGETS)
    assert len(found.parameters) == len(found.influence) == 0
    assert np.isfinite(found.forecasts["moved"]).all()
    assert len(found.runs) == 4


def test_what_cannot_be_asked(before: xr.DataTree, after: xr.DataTree) -> None:
    with pytest.raises(InputError, match="family 'c' was not in the training data"):
        diff(before, after, [{**TARGETS[0], "family": "c"}])
    risk = after.copy()
    risk.attrs = after.attrs | {"bayescale_kind": '"risk"'}
    with pytest.raises(InputError, match="diff compares two posteriors of runs, or two of time horizons"):
        diff(before, risk)


def test_tables_have_names_and_captions(found: Diff) -> None:
    assert [name for name, _, _ in found.tables] == ["runs", "forecasts", "influence", "parameters"]
    assert all(caption and isinstance(frame, pd.DataFrame) for _, caption, frame in found.tables)
