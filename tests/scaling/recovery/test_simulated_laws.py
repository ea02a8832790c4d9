"""Laws fitted to runs that are simulated from them: the gate, the true parameters, and forecasts beyond the data."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

import bayescale as bs

NOISE = 0.005  # of the logarithm of the response, or of nats


@dataclass(frozen=True)
class Case:
    """A law with true parameters, the ranges of its simulated inputs, and a target beyond them."""

    law: str
    truth: Mapping[str, float]
    ranges: Mapping[str, tuple[float, float]]
    target: Mapping[str, float]


CASES = [
    Case(
        "vocabulary",
        {"L_0": 4.5, "A_1": 2000.0, "alpha_1": 0.5, "A_2": 300.0, "alpha_2": 0.5, "B": 4000.0, "beta": 0.4},
        {"n_params_nonvocab": (3e7, 1e9), "n_params_vocab": (2e6, 1.5e8), "n_tokens": (1e9, 3e10)},
        {"n_params_nonvocab": 3e9, "n_params_vocab": 3e8, "n_tokens": 1e11},
    ),
    Case(
        "loss_to_loss",
        {"E_1": 1.3, "K_3": 1.1, "kappa": 1.15, "h_3": 1.3},
        {"source_loss": (2.8, 4.5)},
        {"source_loss": 2.4},
    ),
    Case(
        "bimix",
        {"C": 1.8, "B": 90.0, "alpha": 0.08, "beta": 0.25},
        {"domain_share": (0.03, 0.6), "n_tokens": (1e9, 5e10)},
        {"domain_share": 0.3, "n_tokens": 3e11},
    ),
    Case(
        "d_cpt",
        {"E": 1.3, "A": 250.0, "alpha": 0.3, "B": 300.0, "beta": 0.3}
        | {"C": 0.15, "gamma": 0.4, "eta": 0.3, "epsilon": 0.08},
        {"n_params": (2e8, 4e9), "n_tokens": (5e8, 2e10), "domain_share": (0.03, 1.0)},
        {"n_params": 1e10, "n_tokens": 5e10, "domain_share": 0.5},
    ),
    Case(
        "mixed_modal",
        {"S": 0.9, "A": 25.0, "alpha": 0.27, "B": 60.0, "beta": 0.27},
        {"n_params": (3e7, 3e9), "n_tokens": (5e9, 1e11), "unimodal_loss": (2.6, 4.0)},
        {"n_params": 1e10, "n_tokens": 3e11, "unimodal_loss": 2.4},
    ),
    Case(
        "dense_retrieval",
        {"A": 4e4, "alpha": 0.55, "B": 7e3, "beta": 1.1, "delta": 0.03},
        {"n_params": (5e5, 8e7), "examples": (2e4, 5e5)},
        {"n_params": 2e8, "examples": 2e6},
    ),
]


def simulated(case: Case, rows: int = 80) -> pd.DataFrame:
    """Runs at inputs that are uniform on logarithmic axes, with normal noise on the scale of the law."""
    rng, law = np.random.default_rng(3), bs.law(case.law)
    columns = {name: low * (high / low) ** rng.uniform(size=rows) for name, (low, high) in case.ranges.items()}
    scaled = law.scale.forward(law.predict(columns, case.truth), np) + NOISE * rng.standard_normal(rows)
    return pd.DataFrame({**columns, law.response: law.scale.inverse(scaled)})


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=case.law, marks=[pytest.mark.slow] * (i > 0)) for i, case in enumerate(CASES)]
)
def test_truth_is_recovered_and_the_gate_passed(case: Case) -> None:
    fitted = bs.fit(simulated(case), law=case.law, discrepancy=False, random_seed=1, progress=False)
    assert fitted.check().passed
    for name, value in case.truth.items():
        lower, upper = np.quantile(fitted.tree["posterior"][name].to_numpy(), [0.001, 0.999])
        assert lower < value < upper, name
    forecast = fitted.forecast(case.target, prob=0.98).table.iloc[0]
    assert forecast["law_lower"] < bs.law(case.law).predict(case.target, case.truth) < forecast["law_upper"]


@pytest.mark.slow
def test_an_input_that_hardly_varies_widens_its_exponent() -> None:
    case = CASES[0]
    narrow = Case(case.law, case.truth, {**case.ranges, "n_params_vocab": (2e7, 3e7)}, case.target)
    widths = []
    for table in (simulated(case), simulated(narrow)):
        fitted = bs.fit(table, law=case.law, discrepancy=False, random_seed=1, progress=False)
        alpha = fitted.tree["posterior"]["alpha_2"].to_numpy()
        widths.append(np.subtract(*np.quantile(np.log(alpha), [0.95, 0.05])))
    assert widths[1] > 1.2 * widths[0]


@pytest.mark.slow
def test_loss_to_loss_continues_a_law_of_the_loss() -> None:
    rng, sizes = np.random.default_rng(1), np.geomspace(1e8, 3e9, 14)
    truth = {"E": 1.7, "A": 400.0, "alpha": 0.34, "B": 420.0, "beta": 0.28}
    runs = pd.DataFrame({"n_params": sizes, "n_tokens": 20 * sizes})
    loss = bs.law("chinchilla").predict(dict(runs), truth)
    first = bs.fit(
        runs.assign(loss=loss * np.exp(0.003 * rng.standard_normal(14))),
        law="chinchilla",
        discrepancy=False,
        random_seed=1,
        progress=False,
    )
    law = bs.law("loss_to_loss", over="loss", response="test_loss")
    pairs = pd.DataFrame({"loss": loss, "test_loss": 1.2 + 1.1 * ((loss - 1.6) / 1.4) ** 1.1})
    second = bs.fit(
        pairs * np.exp([0.0, 0.003] * rng.standard_normal((14, 2))), law=law, discrepancy=False, random_seed=1
    )
    target = {"n_params": 1e10, "n_tokens": 2e11}
    expected = 1.2 + 1.1 * ((bs.law("chinchilla").predict(target, truth) - 1.6) / 1.4) ** 1.1
    forecast = first.then(second).forecast(target, prob=0.98).table.iloc[0]
    assert forecast["law_lower"] < expected < forecast["law_upper"]
