"""The fit of the reports' tests, with names that nobody should trust, and figures of everything there is to draw."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import bayescale as bs
from bayescale.core.serialization import frozen
from bayescale.scaling.evaluation.backtest import Backtest
from bayescale.scaling.predict.forecast import Forecast
from bayescale.scaling.result import Fit
from tests.golden import golden
from tests.plots.forecast_logs import made_ledger
from tests.report.conftest import HOSTILE, MATHEMATICAL, TARGETS
from tests.simulation import hostile_runs

BUDGETS = [1e20, 1e21, 1e22]
PAIR: dict[str, Any] = {"n_params": 1e9, "n_tokens": 2e10}


@pytest.fixture(scope="session")
def fitted() -> Fit:
    """The golden posterior of the reports' tests."""
    return golden("hostile")


@pytest.fixture(scope="session")
def forecast(fitted: Fit) -> Forecast:
    return fitted.forecast(TARGETS)


@pytest.fixture(scope="session")
def apart(fitted: Fit) -> Fit:
    """As if it had been fitted with exponents of families apart: the same draws, a tenth larger."""
    tree = fitted.tree.copy(deep=True)
    spec = json.loads(fitted.tree.attrs["bayescale_spec"])
    tree.attrs = {**fitted.tree.attrs, **frozen({"spec": {**spec, "pooling": {"alpha": "free", "beta": "free"}}})}
    for name in ("alpha", "beta"):
        tree["posterior"][name].data[:] *= 1.1
    return Fit(tree)


@pytest.fixture(scope="session")
def tested() -> Backtest:
    """Two laws above two cuts: the one calibrated, the other's intervals far too narrow."""
    rng, parts = np.random.default_rng(1), []
    for law, scale in (("chinchilla", 1.0), (HOSTILE, 6.0)):
        for cut, far in ((1e20, 8.0), (1e21, 2.0)):
            z = rng.standard_normal(40)
            share = (np.argsort(np.argsort(z)) + 0.5) / 40
            pit = share if scale == 1.0 else np.where(share < 0.5, 0.001, 0.999)
            points = {"pit": pit, "inside": np.abs(pit - 0.5) <= 0.45, "error": 0.01 * scale * z}
            names = {"law": law, "cut": cut, "family": "a", "run": [f"run-{i}" for i in range(40)]}
            parts.append(pd.DataFrame({**names, **points, "extrapolation": far, "continues": False}))
    points = pd.concat(parts, ignore_index=True)
    return Backtest(points[["law", "cut"]].drop_duplicates(), points, (f"{HOSTILE} & more",), 0.9)


@pytest.fixture(scope="session")
def figures(fitted: Fit, forecast: Forecast, apart: Fit, tested: Backtest) -> dict[str, Figure]:
    """Every figure of the package but those of risk and calibration, which have tests of their own."""
    one, other = ({**PAIR, "family": name} for name in (HOSTILE, MATHEMATICAL))
    candidates = [{**one, "n_params": size, "n_tokens": 20 * size} for size in (1e9, 8e9)]
    return {
        "fit": bs.plot_fit(fitted),
        "forecast": bs.plot_forecast(fitted, forecast),
        "preview": bs.plot_preview(bs.preview(hostile_runs(), "chinchilla", discrepancy=False, random_seed=1)),
        "residuals": bs.plot_residuals(fitted),
        "parameters": bs.plot_parameters(fitted),
        "exponents": bs.plot_exponents(fitted),
        "prior_posterior": bs.plot_prior_posterior(fitted),
        "shrinkage": bs.plot_shrinkage(fitted),
        "shrinkage_apart": bs.plot_shrinkage(fitted, apart),
        "isoflop": bs.plot_isoflop(fitted.isoflop(BUDGETS, family=HOSTILE)),
        "allocation": bs.plot_allocation(fitted.allocate(BUDGETS, family=HOSTILE)),
        "compare": bs.plot_compare(fitted.compare([one, {**one, "family": None}], other)),
        "crossover": bs.plot_crossover(fitted.crossover(HOSTILE, MATHEMATICAL, low=1e18, high=1e23)),
        "families": bs.plot_families(fitted.compare_families("n_tokens", at={"n_params": 1e9})),
        "next_run": bs.plot_next_run(fitted.plan(candidates, {**one, "n_params": 2e10, "n_tokens": 4e11})),
        "backtest": bs.plot_backtest(tested),
        "ledger": bs.plot_ledger(made_ledger([0.5, 0.99, 0.2], family=HOSTILE)),
    }
