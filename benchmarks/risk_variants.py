"""Score other priors and weights of the mixing laws of risk, each group fitted alone.

    python -m benchmarks.risk_variants [--repeats 3] [--seeds 0 2]

Every cell of `risk_forecast` is explored once under every law. A variant re-weights these points by its prior over
that of the package, so that it costs a second instead of a fit. Groups are neither pooled nor crossed. `shared weights`
uses the groups of one data set together: law weights are Dirichlet(number · prior weights), the same for all groups.
`learned` priors are normal distributions in standard normal coordinates, fitted by EM to all counts of the real sets
without the source that is scored (`MATH` holds both its kinds); simulated cells use all real sets. Every source has the
weight of three groups, and the prior of the package counts as two groups.

The last rows choose a variant, by interval score or by error, on all sources but one, and score it on that one. A
source is a real data set, or a simulated population. A single law is no candidate.
"""

import argparse
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import betaincinv, logsumexp, ndtr
from scipy.stats import beta, norm

from bayescale.risk.grid import RATE, Counts, count_pairs
from bayescale.risk.mixing import MIXINGS
from bayescale.risk.sampling.group_likelihood import count_blocks, group_log_likelihood
from bayescale.risk.sampling.importance_sampling import importance_sample
from benchmarks.risk_variant_list import LAWS, VARIANTS, Variant
from benchmarks.shared import shared_tool, write_table

type Array = NDArray[np.float64]
type Sampled = tuple[float, Array, Array]  # log evidence, mean and variance of the forecast (draw, budget)
type Normal = tuple[Array, Array]  # mean and covariance of standard normal coordinates

DRAWS = 400  # of each law
LEVELS = (0.05, 0.5, 0.95)
BASE_SHARES = {"hard": (1.0, 3.0), "never": (1.0, 4.0)}  # Beta priors of the package that variants replace


@dataclass(frozen=True, eq=False)
class Points:
    """Points of one law: coordinates, log likelihood over the density drawn from, and forecasts at them."""

    z: Array
    log_ratio: Array
    these: Array
    variance: Array


@dataclass(frozen=True, eq=False)
class Explored:
    """A cell, its points by law, and draws of each law under the priors of the package."""

    data: str
    group: str
    truth: Array
    rate: float
    points: dict[str, Points]
    sampled: dict[str, Sampled] = field(default_factory=dict)

    @property
    def source(self) -> str:
        """Real data set, or simulated population."""
        name = self.data.split()[0]
        return {"math": "MATH", "simulated": self.data.split(" n=")[0]}.get(name, name)

    @property
    def left_out(self) -> str:
        """Real source that priors must not be learned from."""
        return "" if self.source.startswith("simulated") else self.source


def count(attempts: Array, successes: Array) -> Counts:
    """Counts of one group."""
    return count_pairs(np.asarray(attempts), np.asarray(successes), np.zeros(len(attempts), dtype=np.int64))


def explore(cell) -> Explored:  # type: ignore[no-untyped-def]
    """Points of every law, and the forecast of the measured problems at each."""
    counts = count(cell.attempts, cell.successes)
    size = np.asarray(counts.problems)[0]
    points = {}
    for name in LAWS:
        law = MIXINGS[name]
        found = importance_sample(group_log_likelihood(count_blocks(counts), law), len(law.coordinates), _rng()).points
        log_ratio = found.log_likelihood[0] - found.log_drawn - np.log(len(found.z))
        near = log_ratio > log_ratio.max() - 25
        mass, zero = law.mass(law.parameters(found.z[near]))
        chance = mass @ counts.likelihood.T + zero[:, None] * counts.at_zero
        these, variance = [], []
        for budget in cell.truth:
            mean, square = np.ones(chance.shape), np.ones(chance.shape)
            for pair in np.flatnonzero(counts.successes == 0):
                broken = -np.expm1(-RATE * max(budget - counts.attempts[pair], 0))
                mean[:, pair] = mass @ (counts.likelihood[pair] * broken) / chance[:, pair]
                square[:, pair] = mass @ (counts.likelihood[pair] * broken**2) / chance[:, pair]
            these.append(mean @ size / size.sum())
            variance.append(np.maximum(square - mean**2, 0) @ size / size.sum() ** 2)
        points[name] = Points(found.z[near], log_ratio[near], np.stack(these, 1), np.stack(variance, 1))
    rate = float(np.mean(np.asarray(cell.successes) / np.maximum(cell.attempts, 1)))
    return Explored(cell.data, cell.group, np.array(list(cell.truth.values())), rate, points)


def _rng() -> np.random.Generator:
    return np.random.default_rng(1)


def log_prior(law: str, z: Array, priors: Mapping[str, tuple[float, float]], learned: Normal | None) -> Array:
    """Log density of standard normal coordinates under a variant; of shares, Beta(a, b) replaces that of the package.

    Other parameters have a normal prior in their coordinate, of which `priors` has mean and standard deviation.
    """
    if learned is not None:
        mean, covariance = learned
        white = np.linalg.solve(np.linalg.cholesky(covariance), (z - mean).T)
        return np.asarray(norm.logpdf(white).sum(axis=0) - 0.5 * np.linalg.slogdet(covariance)[1])
    out = np.zeros(len(z))
    for place, name in enumerate(MIXINGS[law].parameter_names):
        if name in priors and name in BASE_SHARES:
            base = BASE_SHARES[name]
            share = np.clip(betaincinv(*base, ndtr(z[:, place])), 1e-12, 1 - 1e-12)
            out += norm.logpdf(z[:, place]) + beta.logpdf(share, *priors[name]) - beta.logpdf(share, *base)
        else:
            out += norm.logpdf(z[:, place], *priors.get(name, (0.0, 1.0)))
    return out


def of_law(cell: Explored, law: str, priors: Mapping[str, tuple[float, float]], learned: Normal | None) -> Sampled:
    """Log evidence of a law, and draws of mean and variance of the forecast; those of the package are stored."""
    default = not priors and learned is None
    if default and law in cell.sampled:
        return cell.sampled[law]
    points = cell.points[law]
    log_weight = points.log_ratio + log_prior(law, points.z, priors, learned)
    cumulative = np.cumsum(np.exp(log_weight - log_weight.max()))
    chosen = np.searchsorted(cumulative, (np.arange(DRAWS) + 0.5) / DRAWS * cumulative[-1])
    found = float(log_weight.max() + np.log(cumulative[-1])), points.these[chosen], points.variance[chosen]
    if default:
        cell.sampled[law] = found
    return found


def law_probabilities(log_evidence: Array, prior: Array, concentration: float | None) -> Array:
    """Posterior of laws by group (group, law); common weights are explored by a Gibbs sampler."""
    if concentration is None or len(log_evidence) == 1:
        log_weight = log_evidence + np.log(prior)
        return np.asarray(np.exp(log_weight - logsumexp(log_weight, axis=1, keepdims=True)))
    rng, likelihood = _rng(), np.exp(log_evidence - log_evidence.max(axis=1, keepdims=True)).T
    weight, total = np.broadcast_to(prior, (8, len(prior))), np.zeros(likelihood.shape)
    for sweep in range(230):
        chance = weight[..., None] * likelihood
        chance /= chance.sum(axis=1, keepdims=True)
        total += chance.mean(axis=0) * (sweep >= 30)
        chosen = (np.cumsum(chance, axis=1) < rng.random((8, 1, likelihood.shape[1]))).sum(axis=1)
        number = np.stack([(chosen == place).sum(axis=1) for place in range(len(prior))], axis=1)
        gamma = rng.gamma(concentration * prior + number)
        weight = gamma / gamma.sum(axis=1, keepdims=True)
    return np.asarray((total / total.sum(axis=0)).T)


def score(
    studies: Sequence[Sequence[Explored]], variant: Variant, learned: Callable[[str, str], Normal]
) -> pd.DataFrame:
    """One row per cell and budget: error, bias, coverage, width and interval score, in points."""
    laws = [law for law in LAWS if variant.weights.get(law, 0) > 0]
    prior = np.array([variant.weights[law] for law in laws])
    noise, rows = np.random.default_rng(5).standard_normal(DRAWS), []
    for cells in studies:
        order = np.argsort(np.argsort([cell.rate for cell in cells])) / max(len(cells) - 1, 1)
        of_cells = []
        for cell, place in zip(cells, order, strict=True):
            position = None if variant.hard_half is None or len(cells) == 1 else int(place < 0.5)
            found = []
            for law in laws:
                priors = variant.priors if position is None else variant.hard_half[position]  # type: ignore[index]
                normal = learned(law, cell.left_out) if law in variant.learned else None
                found.append(of_law(cell, law, priors.get(law, {}), normal))
            of_cells.append(found)
        evidence = np.array([[one[0] for one in found] for found in of_cells])
        chance = law_probabilities(evidence, prior / prior.sum(), variant.concentration)
        for cell, found, weight in zip(cells, of_cells, np.repeat(chance, DRAWS, axis=1), strict=True):
            for place, truth in enumerate(cell.truth):
                draws = [one[1][:, place] + np.sqrt(one[2][:, place]) * noise for one in found]
                low, middle, high = _quantiles(np.clip(np.concatenate(draws), 0, 1), weight)
                missed = max(low - truth, 0) + max(truth - high, 0)
                values = abs(middle - truth), middle - truth, high - low, high - low + 20 * missed
                row = dict(
                    zip(("error", "bias", "width", "interval_score"), (100 * value for value in values), strict=True)
                )
                rows.append({"data": cell.data, "source": cell.source, "coverage": float(missed == 0), **row})
    return pd.DataFrame(rows)


def _quantiles(values: Array, weight: Array) -> Array:
    order = np.argsort(values)
    cumulative = np.cumsum(weight[order])
    return np.asarray(values[order][np.searchsorted(cumulative, np.array(LEVELS) * cumulative[-1])])


def full_counts() -> list[tuple[str, dict[str, tuple[Array, Array]]]]:
    """Source of every real group, and by law its points and their log weights without a prior, given all its counts."""
    data = shared_tool("risk_cells").DATA
    math, jailbreak, humaneval = (
        pd.read_csv(data / name / "counts.csv")
        for name in ("pythia_math_10k", "bon_jailbreak_text", "humaneval_20_samples")
    )
    checkpoints = pd.read_parquet(data / "pythia_checkpoint_passk/counts.parquet")
    pools = [("MATH", pool) for _, pool in math.groupby("model")]
    pools += [("jailbreak", pool) for _, pool in jailbreak.groupby("model")]
    pools += [("humaneval", pool) for _, pool in humaneval.groupby(["model", "prompt_style", "attack"])]
    for (benchmark, _), pool in checkpoints.groupby(["benchmark", "model"]):
        if pool.n_samples.min() >= 5000 and (pool.n_successes == 0).mean() <= 0.7:  # as in the cells
            pools.append((str(benchmark), pool))
    out = []
    for source, pool in pools:
        blocks, of_pool = count_blocks(count(pool.n_samples.to_numpy(), pool.n_successes.to_numpy())), {}
        for name in LAWS:
            law = MIXINGS[name]
            points = importance_sample(group_log_likelihood(blocks, law), len(law.coordinates), _rng()).points
            of_pool[name] = points.z, points.log_likelihood[0] - points.log_drawn
        out.append((source, of_pool))
    return out


def learn(pools: Sequence[tuple[str, dict[str, tuple[Array, Array]]]], law: str, left_out: str) -> Normal:
    """Normal prior of a law's coordinates from all counts of the other sources, by EM."""
    used = [(source, of_pool[law]) for source, of_pool in pools if source != left_out]
    number = {source: sum(other == source for other, _ in used) for source, _ in used}
    dims = used[0][1][0].shape[1]
    mean, covariance = np.zeros(dims), np.eye(dims)
    for _ in range(30):
        total, first, second = 2.0, np.zeros(dims), 2 * np.eye(dims)
        for source, (z, log_ratio) in used:
            log_weight = log_ratio + log_prior(law, z, {}, (mean, covariance))
            weight = 3 / number[source] * np.exp(log_weight - logsumexp(log_weight))
            total, first, second = total + weight.sum(), first + weight @ z, second + (z.T * weight) @ z
        mean = first / total
        covariance = second / total - np.outer(mean, mean)
    return mean, covariance


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 2])
    options = parser.parse_args()
    studies: dict[object, list[Explored]] = defaultdict(list)
    for seed in options.seeds:
        seen: dict[tuple[str, str], int] = defaultdict(int)
        for cell in shared_tool("risk_cells").cells(options.repeats, seed):
            if cell.data.startswith("jailbreak") and seed != options.seeds[0]:
                continue  # the same for every seed
            studies[cell.data, seed, seen[cell.data, cell.group]].append(explore(cell))
            seen[cell.data, cell.group] += 1
    pools = full_counts()

    @cache
    def fitted(law: str, left_out: str) -> Normal:
        return learn(pools, law, left_out)

    scores = {}
    for variant in VARIANTS:
        scores[variant.name] = score(list(studies.values()), variant, fitted)
        print(variant.name, scores[variant.name].groupby("data")["error"].mean().mean().round(2), flush=True)
    write_table("risk_variants", summary(scores))
    kinds = {name: rows.groupby("data", sort=False)["error"].mean() for name, rows in scores.items()}
    write_table("risk_variants_by_kind", pd.DataFrame(kinds).round(1).T.reset_index(names="variant"))


def summary(scores: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Means over kinds of every variant, and of the variant that is chosen on the other sources."""
    kinds = {name: rows.groupby(["source", "data"]).mean(numeric_only=True) for name, rows in scores.items()}
    rows = [_means(name, table) for name, table in kinds.items()]
    candidates = [name for name in kinds if not name.endswith(" alone")]
    for by in ("interval_score", "error"):
        parts, sources = [], next(iter(kinds.values())).index.get_level_values("source")
        for source in sources.unique():
            best = min(candidates, key=lambda name, source=source: kinds[name].loc[sources != source, by].mean())  # type: ignore[misc]
            parts.append(kinds[best].loc[[source]])
        rows.append(_means(f"(chosen by {by.replace('_', ' ')} on other sources)", pd.concat(parts)))
    return pd.DataFrame(rows).round(2)


def _means(name: str, kinds: pd.DataFrame) -> dict[str, object]:
    data = kinds.index.get_level_values("data")
    real, coverage = ~data.str.startswith("simulated"), kinds["coverage"]
    by_data = kinds.droplevel("source")["error"]
    return {
        "variant": name,
        "error": kinds["error"].mean(),
        "real": kinds["error"][real].mean(),
        "simulated": kinds["error"][~real].mean(),
        "interval_score": kinds["interval_score"].mean(),
        "coverage_real": coverage[real].mean(),
        "coverage_simulated": coverage[~real].mean(),
        "below_75": int((coverage[~real] < 0.75).sum()),
        "math_30": by_data["math n=30"],
        "math_100": by_data["math n=100"],
        "jailbreak_60": by_data["jailbreak cap=60"],
    }


if __name__ == "__main__":
    main()
