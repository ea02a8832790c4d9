"""Training rows in what the posterior predicts for them: with their run left out, and as fitted."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from bayescale.core.draws.pareto import log_sum_exp, smoothed_rows
from bayescale.scaling.model.design import Design
from bayescale.scaling.posterior import Posterior
from bayescale.scaling.predict.draws import Functions
from bayescale.scaling.predict.log_likelihood import cumulative, innovations_at_data, standard_residuals
from bayescale.scaling.predict.run_log_likelihood import of_runs, rows_of_runs, run_blocks
from bayescale.scaling.predict.targets import UNNAMED

type Array = NDArray[np.float64]

EDGE = 1e-12  # probabilities are clipped this far from 0 and 1, so that no score is infinite


@dataclass(frozen=True)
class LeaveOneOut:
    """Every run predicted from all others, by Pareto-smoothed importance sampling of the posterior of all.

    Attributes
    ----------
    elpd : ndarray
        Log predictive density of each run (run,).
    pareto_k : ndarray
        Pareto k̂ of the importance weights of each run (run,).
    effective_parameters : float
        Effective number of parameters (p_loo).

    References
    ----------
    Vehtari, Gelman and Gabry (2017), arXiv:1507.04544. Vehtari et al. (2024), arXiv:1507.02646.
    """

    elpd: Array
    pareto_k: Array
    effective_parameters: float


@dataclass(frozen=True)
class TrainingRows:
    """Training rows in what the posterior predicts for them, each array (obs,).

    Attributes
    ----------
    probability_below : ndarray
        Probability of a smaller value with the row's run left out.
    distance : ndarray
        Standardised residual with the row's run left out.
    residual : ndarray
        Posterior mean of the residual, on the scale of the law.
    standardised : ndarray
        Posterior mean of the residual over the scale of the noise.
    score : ndarray
        Quantile residual: normal quantile of the probability of a smaller value, as fitted. Standard normal for any
        noise, if the model is right.
    innovation_score : ndarray
        The same of what a checkpoint adds to the one before it in its run.
    probability_of_extreme : float
        Posterior predictive p-value: probability that the largest of as many replicated residuals is at least as large
        as the largest observed.

    References
    ----------
    Dunn and Smyth (1996), Randomized quantile residuals.
    """

    probability_below: Array
    distance: Array
    residual: Array
    standardised: Array
    score: Array
    innovation_score: Array
    probability_of_extreme: float


@dataclass(frozen=True)
class RunWeights:
    """Importance weights that leave single runs out.

    Attributes
    ----------
    weights : ndarray
        Weights (chain, draw, run); they sum to one over draws.
    elpd, pareto_k : ndarray
        Log predictive density and Pareto k̂ of each run (run,).
    optimism : ndarray
        What each run adds to its own log predictive density (run,); their sum is the effective number of parameters.
    """

    weights: Array
    elpd: Array
    pareto_k: Array
    optimism: Array


def leave_one_out_weights(log_density: Array) -> RunWeights:
    """Compute the importance weights that leave each run out in turn, with all of its rows.

    Parameters
    ----------
    log_density : ndarray
        Log density of the rows of each run together (chain, draw, run).

    Returns
    -------
    RunWeights
        The weights and what they say of each run.

    References
    ----------
    Vehtari, Gelman and Gabry (2017), arXiv:1507.04544.
    """
    by_run = np.ascontiguousarray(np.moveaxis(log_density, 2, 0)).reshape(log_density.shape[2], -1)
    log_weights, pareto_k = smoothed_rows(-by_run)
    elpd = log_sum_exp(log_weights + by_run)
    optimism = log_sum_exp(by_run) - np.log(by_run.shape[1]) - elpd
    return RunWeights(np.exp(log_weights).T.reshape(log_density.shape), elpd, pareto_k, optimism)


def training_rows(posterior: Posterior) -> tuple[LeaveOneOut, TrainingRows]:
    """Leave every run out in turn, and locate the training rows in their predictions.

    Rows are evaluated in blocks of runs, so that memory does not grow with rows times draws.

    Parameters
    ----------
    posterior : Posterior
        Posterior of one law.

    Returns
    -------
    LeaveOneOut
        Per run.
    TrainingRows
        Per row.
    """
    functions, design, blocks = posterior.functions, posterior.design, []
    sums, largest = np.zeros((6, len(design.run))), np.zeros((*functions.draws, 1))
    for runs in run_blocks(design, int(np.prod(functions.draws))):
        without = leave_one_out_weights(posterior.run_log_likelihood(runs))
        sums[:, rows_of_runs(design, runs)], largest_of_block = _sums(of_runs(functions, runs), without.weights)
        largest = np.maximum(largest, largest_of_block)
        blocks.append((without.elpd, without.pareto_k, without.optimism))
    elpd, pareto_k, optimism = (np.concatenate(part) for part in zip(*blocks, strict=True))
    sums[2:] /= np.prod(functions.draws)
    score, innovation_score = ndtri(np.clip(sums[4:], EDGE, 1 - EDGE))
    extreme = _probability_of_extreme(largest, functions)
    rows = TrainingRows(sums[0], sums[1], sums[2] * design.unit, sums[3], score, innovation_score, extreme)
    return LeaveOneOut(elpd, pareto_k, float(optimism.sum())), rows


def _sums(functions: Functions, all_weights: Array) -> tuple[Array, Array]:
    """Sum over draws what `TrainingRows` holds (6, obs), and find every draw's largest residual (chain, draw, 1)."""
    design = functions.design
    sums, largest = np.zeros((6, len(design.run))), []
    for weights, chain in zip(all_weights[:, None], functions.by_chain(), strict=True):
        residual, standard = standard_residuals(chain)
        below = cumulative(standard, chain)
        row_weights = weights[..., design.run]
        innovation_below = cumulative(innovations_at_data(chain).innovation, chain)
        parts = (row_weights * below, row_weights * standard, residual, standard, below, innovation_below)
        sums += np.stack([part.sum(axis=(0, 1)) for part in parts])
        largest.append(np.abs(standard).max(axis=-1, keepdims=True))
    return sums, np.concatenate(largest)


def _probability_of_extreme(largest: Array, functions: Functions) -> float:
    """Probability that the largest of as many replicated residuals is at least as large as that seen in each draw."""
    count = len(functions.design.run)
    inside = (
        2 * cumulative(observed, chain)[..., 0] - 1
        for observed, chain in zip(largest[:, None], functions.by_chain(), strict=True)
    )
    return float(np.mean([np.mean(1 - share**count) for share in inside]))


def predictive_table(design: Design, rows: TrainingRows) -> pd.DataFrame:
    """Tabulate where every training row lies in its prediction with its run left out.

    Parameters
    ----------
    design : Design
        What was fitted.
    rows : TrainingRows
        The training rows.

    Returns
    -------
    pandas.DataFrame
        One row per training row: `family`, `run`, `row`, `distance` (standardised), `probability_below`, and
        `tail_probability` (both tails).
    """
    below = rows.probability_below
    return row_labels(design).assign(
        distance=rows.distance, probability_below=below, tail_probability=2 * np.minimum(below, 1 - below)
    )


def residual_table(design: Design, rows: TrainingRows) -> pd.DataFrame:
    """Tabulate the residuals.

    Parameters
    ----------
    design : Design
        What was fitted.
    rows : TrainingRows
        The training rows.

    Returns
    -------
    pandas.DataFrame
        One row per training row: `family`, `run`, `row`, `residual` (on the scale of the law), `standardised` (over the
        scale of the noise), `score` (quantile residual), and the inputs.
    """
    inputs = pd.DataFrame(design.inputs)
    table = row_labels(design).assign(residual=rows.residual, standardised=rows.standardised, score=rows.score)
    return table.join(inputs[[name for name in inputs if name not in table]])


def row_labels(design: Design) -> pd.DataFrame:
    """Tabulate family, run and row number in the source of every training row.

    Parameters
    ----------
    design : Design
        What was fitted.

    Returns
    -------
    pandas.DataFrame
        Columns `family`, `run` and `row`.
    """
    return pd.DataFrame(
        {
            "family": [design.families[index] for index in design.family],
            "run": [design.runs[index] for index in design.run],
            "row": design.row,
        }
    )


def run_list(rows: pd.DataFrame, most: int = 6) -> str:
    """List runs by name, with their family where there are families.

    Parameters
    ----------
    rows : pandas.DataFrame
        Columns `family` and `run`.
    most : int, default 6
        Number of names; the others are counted.

    Returns
    -------
    str
        Such as "a11 (a), b3 (b) and 2 more".
    """
    names = [f"{row.run}" if row.family in UNNAMED else f"{row.run} ({row.family})" for row in rows.itertuples()]
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
