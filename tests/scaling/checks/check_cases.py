"""Designs, residuals and contexts that the tests of checks have in common."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

import bayescale as bs
from bayescale.scaling.checks.context import forecast_points
from bayescale.scaling.checks.residual_scores import ResidualScores, residual_scores
from bayescale.scaling.model.design import Design, make_design
from bayescale.scaling.model.spec import Spec
from bayescale.scaling_laws.law import Law
from tests.simulation import TRUTH, simulated_runs

CHINCHILLA = bs.law("chinchilla")


def design_of(runs: pd.DataFrame, law: Law = CHINCHILLA, discrepancy: bool = False) -> Design:
    return make_design(bs.read_runs(runs, response=law.response), Spec(law, discrepancy=discrepancy))


def checkpoints(runs: int = 12, each: int = 8, seed: int = 0) -> pd.DataFrame:
    """Runs with several checkpoints each, on the Chinchilla law."""
    rng = np.random.default_rng(seed)
    sizes = np.repeat(np.geomspace(1e7, 1e9, runs), each)
    tokens = np.tile(np.geomspace(1e9, 1e10, each), runs) * np.repeat(rng.uniform(0.5, 2, runs), each)
    loss = CHINCHILLA.predict({"n_params": sizes, "n_tokens": tokens}, TRUTH["a"])
    return pd.DataFrame(
        {"run": np.repeat([f"r{i}" for i in range(runs)], each), "n_params": sizes, "n_tokens": tokens, "loss": loss}
    )


def along(design: Design, name: str) -> np.ndarray:
    """An input from −1 to 1 along its axis."""
    values = design.log_inputs[:, design.spec.law.inputs.index(name)]
    return np.asarray(2 * (values - values.min()) / np.ptp(values) - 1)


def noise(count: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(count)


def context_of_scores(design: Design, score: np.ndarray, seed: int = 3) -> Any:
    """What the checks of residuals read of a context, from one quantile residual per row."""
    return context_of_levels(design, residual_scores(design, score, seed), score)


def context_of_levels(design: Design, levels: Sequence[ResidualScores], score: np.ndarray) -> Any:
    rows = SimpleNamespace(residual=score, standardised=score, score=score)
    return SimpleNamespace(design=design, training_rows=rows, residual_scores=levels, innovation_scores=levels)


def context_of_targets(design: Design, targets: object = None) -> Any:
    """What the checks of inputs read of a context."""
    return SimpleNamespace(design=design, points=forecast_points(design, targets))


def context_of_rows(design: Design, probability_below: np.ndarray) -> Any:
    """What the checks of coverage read of a context, from each row's probability of a smaller value."""
    rows = SimpleNamespace(
        probability_below=probability_below, distance=np.zeros(len(design.row)), probability_of_extreme=0.5
    )
    return SimpleNamespace(design=design, training_rows=rows)


DESIGN = design_of(simulated_runs())
