"""How the training rows lie in what is predicted for them: leave-one-run-out, coverage, outlying runs, residuals."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from scipy.special import logsumexp, ndtri
from scipy.stats import binom

from bayescale.core.checks import Finding
from bayescale.scaling.model.design import Design
from bayescale.scaling.posterior import Posterior
from bayescale.scaling.predict.draws import Functions
from bayescale.scaling.predict.log_likelihood import cumulative, innovations_at_data, standard_residuals
from bayescale.scaling.predict.run_log_likelihood import of_runs, rows_of_runs, run_blocks
from bayescale.scaling.predict.targets import UNNAMED

type Array = NDArray[np.float64]

WORST_PARETO = 0.7  # Vehtari et al. 2024, arXiv 1507.02646
#: Of log response. On eight public sets of smooth losses no law left more than .11; where learning goes in steps
#: (grammars learnt or not, public set gzip) it left .22 to .65.
MOST_LEFT = 0.15
CHANCE = 0.01  # of finding as much in runs that the posterior describes, below which a finding warns
UNLIKELY = 0.01  # both tails: a row farther out than this, given all other runs, is named
EDGE = 1e-12  # probabilities are kept this far from 0 and 1: no score is infinite


@dataclass(frozen=True)
class LeftOut:
    """The posterior with one run left out, by Pareto-smoothed importance sampling of the posterior of all.

    elpd and pareto_k are (run,); effective is how many parameters the data pay for.
    """

    elpd: Array
    pareto_k: Array
    effective: float


@dataclass(frozen=True)
class Rows:
    """Training rows in what the posterior says of them, each (obs,).

    probability_below, distance   of a smaller value, and the standardised residual, with the row's run left out.
    residual, standardised        posterior means: on the law's scale, and over the scale of the noise.
    score                         normal quantile of the probability of a smaller value: a standard normal residual
                                  whatever the noise (quantile residual; Dunn and Smyth 1996).
    fresh                         the same of what a checkpoint adds to the one before it in its run, as fitted.
    extreme                       probability that the largest of as many replicated residuals is at least as large as
                                  the one seen: a Bayesian p-value.
    """

    probability_below: Array
    distance: Array
    residual: Array
    standardised: Array
    score: Array
    fresh: Array
    extreme: float


@dataclass(frozen=True)
class Weighed:
    """Some runs left out in turn: weights (chain, draw, run) that sum to one over draws; elpd, pareto_k and what the
    run itself adds to its log density, `paid`, each (run,)."""

    weights: Array
    elpd: Array
    pareto_k: Array
    paid: Array


def left_out(log_density: Array) -> Weighed:
    """Leave-one-run-out (Vehtari, Gelman and Gabry 2017) from log densities of runs (chain, draw, run): of rows that
    share a run all are left out together."""
    from arviz_stats.base import array_stats

    log_density = np.moveaxis(log_density, 2, 0)  # (run, chain, draw)
    log_weights, pareto_k = array_stats.psislw(log_density, axis=(-2, -1))
    elpd = logsumexp(log_weights + log_density, axis=(1, 2))
    within = logsumexp(log_density, axis=(1, 2)) - np.log(log_density[0].size)
    return Weighed(np.moveaxis(np.exp(log_weights), 0, -1), elpd, pareto_k, within - elpd)


def training_rows(posterior: Posterior) -> tuple[LeftOut, Rows]:
    """Every run left out in turn, and where the training rows lie with their run left out and as fitted: in blocks of
    runs, so that memory does not grow with rows times draws."""
    functions, design, parts = posterior.functions, posterior.design, []
    sums, largest = np.zeros((6, len(design.run))), np.zeros((*functions.draws, 1))
    for runs in run_blocks(design, int(np.prod(functions.draws))):
        weighed = left_out(posterior.run_log_likelihood(runs))
        sums[:, rows_of_runs(design, runs)], most = _sums(of_runs(functions, runs), weighed.weights)
        largest = np.maximum(largest, most)
        parts.append((weighed.elpd, weighed.pareto_k, weighed.paid))
    elpd, pareto_k, paid = (np.concatenate(part) for part in zip(*parts, strict=True))
    sums[2:] /= np.prod(functions.draws)
    score, fresh = ndtri(np.clip(sums[4:], EDGE, 1 - EDGE))
    extreme = _more_extreme(largest, functions)
    rows = Rows(sums[0], sums[1], sums[2] * design.unit, sums[3], score, fresh, extreme)
    return LeftOut(elpd, pareto_k, float(paid.sum())), rows


def _sums(functions: Functions, all_weights: Array) -> tuple[Array, Array]:
    """Sums over draws of what `Rows` holds of each row (6, obs), and every draw's largest residual (chain, draw, 1)."""
    design = functions.design
    sums, largest = np.zeros((6, len(design.run))), []
    for weights, one in zip(all_weights[:, None], functions.by_chain(), strict=True):
        residual, standard = standard_residuals(one)
        below = cumulative(standard, one)
        own = weights[..., design.run]
        fresh = cumulative(innovations_at_data(one).innovation, one)
        parts = (own * below, own * standard, residual, standard, below, fresh)
        sums += np.stack([part.sum(axis=(0, 1)) for part in parts])
        largest.append(np.abs(standard).max(axis=-1, keepdims=True))
    return sums, np.concatenate(largest)


def _more_extreme(largest: Array, functions: Functions) -> float:
    """Probability that the largest of as many replicated residuals is at least as large as that seen in each draw."""
    count = len(functions.design.run)
    inside = (
        2 * cumulative(one, chain)[..., 0] - 1
        for one, chain in zip(largest[:, None], functions.by_chain(), strict=True)
    )
    return float(np.mean([np.mean(1 - share**count) for share in inside]))


def leave_one_out(design: Design, out: LeftOut) -> tuple[list[Finding], pd.DataFrame]:
    """How well runs are predicted from all others (interpolation), and the runs for which that cannot be said."""
    family = dict(zip(design.run.tolist(), design.family.tolist(), strict=True))
    table = pd.DataFrame(
        {
            "family": [design.families[family[i]] for i in range(len(design.runs))],
            "run": design.runs,
            "elpd": out.elpd,
            "pareto_k": out.pareto_k,
        }
    )
    bad = table[~(table["pareto_k"] <= WORST_PARETO)]
    worst = float(table["pareto_k"].max())
    score = f"elpd {out.elpd.sum():.1f} over {len(table)} runs, {out.effective:.1f} effective parameters"
    where = (
        f"; k̂ above {WORST_PARETO} for {named(bad)}: each rules its own prediction, and elpd is too good there"
        if len(bad)
        else ""
    )
    meaning = f"largest Pareto k̂ {worst:.2f}; {score}{where}"
    return [Finding("leave-one-run-out", None, worst, WORST_PARETO, meaning)], table


def left_over(tree: xr.DataTree) -> float:
    """Standard deviation of what a law leaves of one new run at the centre of the data, discrepancy and noise together,
    on the model's scale: the median over draws."""
    posterior = tree["posterior"].to_dataset()
    parts = [posterior[name] ** 2 for name in ("noise_floor", "noise_slope", "noise_run") if name in posterior]
    variance = sum(parts) * posterior["noise_df"] / (posterior["noise_df"] - 2)
    if "discrepancy_scale" in posterior:
        variance = variance + posterior["discrepancy_scale"] ** 2
    return float(np.sqrt(np.median(variance)))


def no_smooth_law(posterior: Posterior) -> bool:
    """Check whether the law leaves more of the data unexplained than any law that holds; False off the log scale."""
    return posterior.law.scale.name == "log" and left_over(posterior.tree) > MOST_LEFT


def left_by_law(posterior: Posterior) -> Finding:
    """How much of the response does the law leave to discrepancy and noise? Phase transitions are not smooth."""
    check, law = "what the law leaves", posterior.law
    if law.scale.name != "log":
        meaning = f"cannot be asked: {law.response} is fitted on its {law.scale.name} scale, not as a logarithm"
        return Finding(check, None, float("nan"), MOST_LEFT, meaning)
    left = left_over(posterior.tree)
    said = f"discrepancy and noise of a new run come to {100 * left:.2g} % (one standard deviation)"
    if no_smooth_law(posterior):
        said += (
            "; no smooth law holds here: look for phase transitions, failed runs, or several measures in one column, "
            "and rely on no forecast beyond the data"
        )
    return Finding(check, None, left, MOST_LEFT, said, no_smooth_law(posterior))


def coverage(design: Design, rows: Rows) -> tuple[list[Finding], pd.DataFrame]:
    """How every training row lies in what is predicted for it with its run left out."""
    pit = rows.probability_below
    table = labels(design).assign(
        distance=rows.distance, probability_below=pit, tail_probability=2 * np.minimum(pit, 1 - pit)
    )
    findings = [
        Finding(
            f"rows inside their {100 * prob:.0f} % interval",
            None,
            share := float((np.abs(pit - 0.5) <= prob / 2).mean()),
            prob,
            f"{100 * share:.0f} % of {len(pit)} training rows lie in it when their run is left out",
            bool(binom.cdf(round(share * len(pit)), len(pit), prob) <= CHANCE),
        )
        for prob in (0.5, 0.9)
    ]
    outlying = table[table["tail_probability"] < UNLIKELY].sort_values("tail_probability")
    least = float(table["tail_probability"].min())
    said = f"look at {named(outlying)}" if len(outlying) else "none"
    meaning = (
        f"{said}; a row as far out as the farthest has probability {least:.2g} given all other runs "
        f"({UNLIKELY * len(table):.2g} such rows below {UNLIKELY:g} are expected by chance); "
        f"the fitted noise makes a residual as large as the largest with probability {rows.extreme:.2f}"
    )
    odd = bool(least * len(table) <= CHANCE)
    return [*findings, Finding("outlying runs", None, least, UNLIKELY, meaning, odd)], table


def residuals(design: Design, rows: Rows) -> pd.DataFrame:
    """One row per training row: its inputs, residual (on the law's scale), the same over the noise's scale, score."""
    inputs = pd.DataFrame(design.inputs)
    found = labels(design).assign(residual=rows.residual, standardised=rows.standardised, score=rows.score)
    return found.join(inputs[[name for name in inputs if name not in found]])


def labels(design: Design) -> pd.DataFrame:
    """Family, run and row number in the source of every training row."""
    return pd.DataFrame(
        {
            "family": [design.families[index] for index in design.family],
            "run": [design.runs[index] for index in design.run],
            "row": design.row,
        }
    )


def named(rows: pd.DataFrame, most: int = 6) -> str:
    """Runs by name, and by family where there are such, the first few of them."""
    names = [f"{row.run}" if row.family in UNNAMED else f"{row.run} ({row.family})" for row in rows.itertuples()]
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
