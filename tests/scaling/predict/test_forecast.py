"""Test forecasts: averages and single runs, known and new families, near and far, saved and loaded."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bayescale.errors import InputError
from bayescale.loading import load
from bayescale.scaling.fit import fit
from bayescale.scaling.result import Fit
from tests.golden import golden
from tests.simulation import RUN_EFFECTS, TRUTH, learning_curves, simulated_runs

NEAR = {"family": "a", "n_params": 2e8, "n_tokens": 6e9}
FAR = {"family": "a", "n_params": 7e9, "n_tokens": 1.4e11}
FARTHER = {"family": "a", "n_params": 7e11, "n_tokens": 1.4e13}
NEW = {**FAR, "family": None}


def width(table: Any, what: str = "law") -> Any:
    return (np.log(table[f"{what}_upper"]) - np.log(table[f"{what}_lower"])).to_numpy()


def test_table_and_dataset(joint_fit: Fit) -> None:
    forecast = joint_fit.forecast(pd.DataFrame([FAR, NEW]).assign(name=["x", "y"]), prob=0.8)
    summaries = [f"{kind}_{what}" for kind in ("law", "run") for what in ("median", "lower", "upper")]
    given = ["family", "n_params", "n_tokens", "name"]
    assert forecast.table.columns.tolist() == [*given, *summaries, "extrapolation", "flag"]
    assert forecast.dataset["law"].dims == ("chain", "draw", "target")
    assert forecast.dataset["target_family"].to_numpy().tolist() == ["a", "(new family)"]
    law = forecast.dataset["law"].to_numpy().reshape(-1, 2)
    np.testing.assert_allclose(forecast.table["law_lower"], np.quantile(law, 0.1, axis=0))
    assert "80 %" in forecast._repr_html_()
    assert forecast.prob == 0.8


def test_forecasts_are_near_the_truth(plain_fit: Fit) -> None:
    from bayescale.scaling_laws.registry import law

    table = plain_fit.forecast([FAR], prob=0.99).table
    truth = law("chinchilla").predict({"n_params": 7e9, "n_tokens": 1.4e11}, TRUTH["a"])
    assert table["law_lower"][0] < truth < table["law_upper"][0]
    assert table["law_median"][0] == pytest.approx(truth, rel=0.03)


def test_farther_targets_have_wider_intervals(plain_fit: Fit, joint_fit: Fit) -> None:
    for fitted in (plain_fit, joint_fit):
        widths = width(fitted.forecast([NEAR, FAR, FARTHER]).table)
        assert widths[0] < widths[1] < widths[2]


def test_a_run_is_wider_than_the_law(plain_fit: Fit, joint_fit: Fit) -> None:
    for fitted in (plain_fit, joint_fit):
        table = fitted.forecast([NEAR, {**NEAR, "n_tokens": 1e9}]).table
        assert (width(table, "run") > width(table)).all()


def test_a_new_family_is_wider_than_a_known_one(plain_fit: Fit, joint_fit: Fit) -> None:
    for fitted in (plain_fit, joint_fit):
        known, new = width(fitted.forecast([FAR, NEW]).table)
        assert new > 1.5 * known


def test_a_discrepancy_widens_far_forecasts(plain_fit: Fit, joint_fit: Fit) -> None:
    assert width(joint_fit.forecast([FAR]).table)[0] > width(plain_fit.forecast([FAR]).table)[0]


def test_fewer_runs_give_wider_intervals(plain_fit: Fit) -> None:
    few = fit(simulated_runs(n=10), law="chinchilla", discrepancy=False, random_seed=1)
    assert width(few.forecast([FAR]).table)[0] > width(plain_fit.forecast([FAR]).table)[0]


def test_higher_probabilities_give_wider_intervals(plain_fit: Fit) -> None:
    tables = [plain_fit.forecast([FAR], prob=prob).table for prob in (0.5, 0.9, 0.99)]
    widths = [width(table)[0] for table in tables]
    assert widths == sorted(widths)


def test_a_reloaded_fit_forecasts_the_same(joint_fit: Fit, tmp_path: Path) -> None:
    joint_fit.save(tmp_path / "fit.nc")
    back = load(tmp_path / "fit.nc").forecast([FAR, NEW])
    pd.testing.assert_frame_equal(back.table, joint_fit.forecast([FAR, NEW]).table)


def test_a_target_does_not_depend_on_its_neighbours(joint_fit: Fit) -> None:
    alone = joint_fit.forecast([FAR]).dataset
    among = joint_fit.forecast([NEW, NEAR, FAR]).dataset.isel(target=2)
    for name in ("law", "run"):
        np.testing.assert_allclose(alone[name].to_numpy()[..., 0], among[name].to_numpy(), rtol=1e-6)


def test_equal_targets_have_different_noise(plain_fit: Fit) -> None:
    drawn = plain_fit.forecast([FAR, FAR]).dataset
    np.testing.assert_array_equal(drawn["law"][..., 0], drawn["law"][..., 1])
    assert (drawn["run"][..., 0] != drawn["run"][..., 1]).any()


def test_targets_without_a_family_share_one_new_family(plain_fit: Fit) -> None:
    law = np.log(plain_fit.forecast([NEW, {**NEW, "n_params": 7.1e9}]).dataset["law"].to_numpy().reshape(-1, 2))
    assert np.corrcoef(law.T)[0, 1] > 0.99


def test_near_targets_share_their_discrepancy(joint_fit: Fit) -> None:
    drawn = joint_fit.forecast([FARTHER, {**FARTHER, "n_params": 7.01e11}]).dataset["law"].to_numpy()
    assert np.log(drawn[..., 0] / drawn[..., 1]).std() < 0.1 * np.log(drawn[..., 0]).std()


def test_forecasts_do_not_depend_on_block_size(plain_fit: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    targets = [{**FAR, "n_params": n} for n in (1e9, 2e9, 3e9)]
    whole = plain_fit.forecast(targets).table
    monkeypatch.setattr("bayescale.scaling.predict.blocks.MOST_TARGETS", 1)
    pd.testing.assert_frame_equal(plain_fit.forecast(targets).table, whole)


def test_below(plain_fit: Fit) -> None:
    forecast = plain_fit.forecast([FAR, NEAR])
    medians = forecast.table["law_median"].to_numpy()
    table = forecast.below(medians)
    np.testing.assert_allclose(table["law_below"], 0.5, atol=0.01)
    assert forecast.below(4.0)["run_below"].tolist() == [1, 1]
    for wrong in ([1.0, 2.0, 3.0], "low", np.nan):
        with pytest.raises(InputError, match="threshold"):
            forecast.below(wrong)


def test_distance_and_flag(plain_fit: Fit) -> None:
    table = plain_fit.forecast([NEAR, FARTHER]).table
    assert table["extrapolation"][0] < 1
    assert table["flag"].tolist()[0] == ""
    assert "farther than was ever tested" in table["flag"][1]


@pytest.mark.parametrize("prob", [0, 1, -0.1, 90, "0.9", True, np.nan])
def test_prob_must_be_a_probability(plain_fit: Fit, prob: Any) -> None:
    with pytest.raises(InputError, match="prob="):
        plain_fit.forecast([FAR], prob=prob)


def test_an_unknown_family_names_its_closest_match(plain_fit: Fit) -> None:
    with pytest.raises(InputError, match="Did you mean 'a'"):
        plain_fit.forecast([{**FAR, "family": "aa"}])


def test_continued_runs_keep_their_effect() -> None:
    targets = [{"examples": 2e4, "run": name} for name in (*RUN_EFFECTS, "another")]
    table = golden("curves").forecast(targets).table
    truth = (1.5 + 8 * 2e4**-0.4) * np.exp([*RUN_EFFECTS.values()])
    np.testing.assert_allclose(table["run_median"][:-1], truth, rtol=0.01)
    assert ((table["run_lower"] < [*truth, truth[2]]) & (table["run_upper"] > [*truth, truth[2]])).all()
    assert width(table, "run")[-1] > 3 * width(table, "run")[:-1].max()


def test_one_run_is_forecast_from_its_own_checkpoints() -> None:
    whole = learning_curves({"only": 0.03}, n=40)
    fitted = golden("curve")
    assert any(note.startswith("one run:") for note in fitted.notes)
    at = [{"examples": 9e3, "run": "only"}, {"examples": 9e3}]
    own, another = width(fitted.forecast(at).table, "run")
    assert own < another
    end = np.interp(9e3, whole["examples"], whole["loss"])
    assert fitted.forecast(at).table["run_median"][0] == pytest.approx(end, rel=0.02)
