"""Training rows: residuals against the median law, and leave-one-run-out against ArviZ."""

import numpy as np
import pytest
from scipy.special import ndtr
from scipy.stats import t as student

from bayescale.scaling.checks.training_rows import leave_one_out_weights, row_labels, run_list
from bayescale.scaling.result import Fit
from tests.scaling.checks.check_cases import CHINCHILLA, design_of
from tests.simulation import simulated_runs


def test_residuals_are_tabulated_by_row(plain_fit: Fit) -> None:
    design = plain_fit.posterior.design
    rows = plain_fit.check().details["residuals"]
    columns = ["family", "run", "row", "residual", "standardised", "score", "n_params", "n_tokens"]
    assert rows.columns.tolist() == columns
    np.testing.assert_array_equal(rows["row"], design.row)
    np.testing.assert_allclose(rows["n_params"], design.inputs["n_params"])
    draws = plain_fit.tree["posterior"].sel(family="b")
    of_family = rows[rows["family"] == "b"]
    at = {name: of_family[name].to_numpy() for name in CHINCHILLA.inputs}
    parameters = {name: draws[name].to_numpy()[..., None] for name in CHINCHILLA.parameter_names}
    law = np.log(np.median(CHINCHILLA.predict(at, parameters), axis=(0, 1)))
    loss = design.natural(design.scaled_response)[rows["family"] == "b"]
    np.testing.assert_allclose(of_family["residual"], np.log(loss) - law, atol=0.002)
    assert rows["standardised"].std() == pytest.approx(1, abs=0.4)
    df = float(plain_fit.tree["posterior"]["noise_df"].median())
    assert student.cdf(rows["standardised"], df) == pytest.approx(ndtr(rows["score"]), abs=0.1)
    assert np.corrcoef(rows["standardised"], rows["score"])[0, 1] > 0.98


def test_leave_one_out_agrees_with_arviz(plain_fit: Fit) -> None:
    from arviz_stats.base import array_stats

    log_density = plain_fit.tree["log_likelihood"]["log_likelihood"].to_numpy()
    elpd, pareto_k, p_loo = array_stats.loo(np.moveaxis(log_density, 2, 0), chain_axis=-2, draw_axis=-1)
    without = leave_one_out_weights(log_density)
    np.testing.assert_allclose(without.elpd, elpd)
    np.testing.assert_allclose(without.pareto_k, pareto_k)
    assert without.optimism.sum() == pytest.approx(p_loo.sum())
    np.testing.assert_allclose(without.weights.sum(axis=(0, 1)), 1)


def test_long_lists_of_runs_are_counted() -> None:
    design = design_of(simulated_runs())
    labels = row_labels(design)
    assert run_list(labels[:2]) == "a0 (a), a1 (a)"
    assert run_list(labels[:5], 2) == "a0 (a), a1 (a) and 3 more"
    assert run_list(labels[:1].assign(family="all")) == "a0"
