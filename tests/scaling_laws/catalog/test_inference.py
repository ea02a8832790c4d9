"""Laws of inference: their limits and printed formula."""

import math

import numpy as np
import pandas as pd
import pytest

import bayescale as bs
from bayescale.scaling_laws.registry import law


def test_action_error_is_a_power_of_samples() -> None:
    predicted = law("sample_power").predict({"samples": 32}, {"a": 0.3, "b": 0.15})
    assert math.log(predicted) == pytest.approx(math.log(0.3) - 0.15 * math.log(32))


def test_many_shot_laws_agree_beyond_the_bound() -> None:
    """With many more shots than n_c, the bounded form is the plain one with C n_c^alpha in place of C."""
    shots, bounded = np.array([1e5, 1e6]), {"K": 0.4, "C": 3.0, "alpha": 0.7, "n_c": 5.0}
    plain = {"K": 0.4, "C": 3.0 * 5.0**0.7, "alpha": 0.7}
    excess = law("many_shot_bounded").predict({"shots": shots}, bounded) - 0.4
    assert excess == pytest.approx(law("many_shot").predict({"shots": shots}, plain) - 0.4, rel=1e-4)
    at_bound = law("many_shot_bounded").predict({"shots": 5.0}, bounded)
    assert at_bound == pytest.approx(0.4 + 3.0 * 2**-0.7, rel=1e-12)


@pytest.mark.parametrize(
    ("name", "inputs", "parameters", "limit"),
    [
        ("speculative_decoding", {"n_tokens": 1e11}, {"a": 2.5, "b": 0.3}, 3.1),
        ("sample_power", {"samples": 1.0}, {"a": 0.3, "b": 0.15}, 0.3),
        ("many_shot", {"shots": 1.0}, {"K": 0.1, "C": 3.0, "alpha": 0.5}, 3.1),
        ("many_shot", {"shots": 1e30}, {"K": 0.1, "C": 3.0, "alpha": 0.5}, 0.1),
        ("many_shot_bounded", {"shots": 1e-12}, {"K": 0.1, "C": 3.0, "alpha": 0.5, "n_c": 4.0}, 3.1),
        ("many_shot_bounded", {"shots": 1e30}, {"K": 0.1, "C": 3.0, "alpha": 0.5, "n_c": 4.0}, 0.1),
    ],
)
def test_limits(name: str, inputs: dict[str, float], parameters: dict[str, float], limit: float) -> None:
    assert law(name).predict(inputs, parameters) == pytest.approx(limit, rel=1e-9)


@pytest.mark.slow
def test_stages_of_training_are_recovered_from_many_shot_curves() -> None:
    """Stages that move the curve up at one exponent: the law finds the exponent, and which has the higher curve."""
    rng, shots = np.random.default_rng(1), 2.0 ** np.arange(9)
    rows = []
    for stage, size in (("pretrained", 4.0), ("tuned", 8.0)):
        clean = law("many_shot_bounded").predict({"shots": shots}, {"K": 0.3, "C": size, "alpha": 0.6, "n_c": 5.0})
        rows.append(
            pd.DataFrame({"family": stage, "shots": shots, "answer_nll": clean * np.exp(rng.normal(0, 0.02, 9))})
        )
    table = pd.concat(rows, ignore_index=True)
    assert bs.describe(table).laws == ("many_shot", "many_shot_bounded")
    fit = bs.fit(table, law="many_shot_bounded", discrepancy=False, random_seed=1)
    summary = fit.summary().set_index(["parameter", "family"])
    for stage, size in (("pretrained", 4.0), ("tuned", 8.0)):
        for name, truth in (("C", size), ("alpha", 0.6), ("n_c", 5.0), ("K", 0.3)):
            row = summary.loc[(name, stage)]
            assert row.lower < truth < row.upper, (name, stage)
    pair = fit.compare_families("shots").pairs.iloc[0]
    assert pair.a_ahead_low == 1
    assert 0.05 < pair.exponent_higher < 0.95
