"""Predictive draws at targets: what a family would reach on average, and what one new run would."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike, NDArray
from scipy.special import logsumexp

from bayescale.core.display import Page, Shown
from bayescale.core.summary import require_prob, summaries
from bayescale.data.units import kind_of
from bayescale.errors import InputError
from bayescale.scaling.checks.unexplained import no_smooth_law
from bayescale.scaling.evaluation.interval_inflation import stretch
from bayescale.scaling.model.priors import inputs_at
from bayescale.scaling.posterior import FittedLaws, Posterior
from bayescale.scaling.predict.blocks import VARIABLES, Blocks, block_size, labels_of, of_dataset, slices
from bayescale.scaling.predict.discrepancy_paths import discrepancy
from bayescale.scaling.predict.draws import Functions
from bayescale.scaling.predict.log_likelihood import log_student, white_residuals
from bayescale.scaling.predict.target_units import level_slips, require_target_units
from bayescale.scaling.predict.targets import Targets, flag, read_targets

type Array = NDArray[np.float64]

NEW_FAMILY = "(new family)"
NOTED = 1.05  # times as wide as sampled, from which on a forecast says so


@dataclass(frozen=True, repr=False)
class Forecast(Shown):
    """Predictive draws in natural units, and their summary.

    blocks   draws of the targets, block by block; `dataset` is all of them.
    table    the targets, medians and equal-tailed intervals of `law` and `run`, how far beyond the data each target
             lies, and a flag where that is farther than forecasts were tested.
    """

    blocks: Blocks = field(repr=False)
    table: pd.DataFrame
    prob: float
    targets: pd.DataFrame = field(repr=False)

    @property
    def dataset(self) -> xr.Dataset:
        """All draws: `law` (what the family averages over repeated runs: law and discrepancy) and `run` (one new run),
        each (chain, draw, target).

        Raises InputError where they would need more than 1 GB: some 15,000 targets of 4,000 draws.
        """
        return self.blocks.whole

    def below(self, threshold: ArrayLike) -> pd.DataFrame:
        """Probability that the response falls below a threshold (one, or one per target): `law_below`, `run_below`."""
        try:
            level = np.broadcast_to(np.asarray(threshold, dtype=float), len(self.targets))
        except (TypeError, ValueError) as error:
            raise InputError(f"threshold={threshold!r} must be one number, or one for each target") from error
        if not np.isfinite(level).all():
            raise InputError(f"threshold={threshold!r} must be finite")
        self._require_units(level)
        parts = []
        for draws in self.blocks:
            limit = level[draws["target"].to_numpy()]
            parts.append([(draws[name].to_numpy() < limit).mean(axis=(0, 1)) for name in ("law", "run")])
        law, run = np.concatenate(parts, axis=-1)
        return self.targets.assign(threshold=level, law_below=law, run_below=run)

    def _require_units(self, levels: Array) -> None:
        """Raise InputError for levels that are percentages or perplexities of what is forecast."""
        response = str(self.blocks.labels.attrs.get("response", ""))
        medians = self.table["law_median"].agg(["min", "max"]).to_numpy(dtype=float)
        kind = kind_of(response, response)
        problems = [
            text for level in np.unique(levels) for text in level_slips("threshold", float(level), medians, kind)
        ]
        if problems:
            raise InputError(f"thresholds of {response} are in another unit:", list(dict.fromkeys(problems)))

    @property
    def _page(self) -> Page:
        title = f"{100 * self.prob:.4g} % intervals: law = average over repeated runs, run = one new run"
        return Page(title, self.table)


def forecast(self: FittedLaws, targets: object, prob: float = 0.9) -> Forecast:
    """Forecast targets.

    The draws of a target depend on the posterior and the target alone (to rounding), not on the other targets. The
    table is computed in blocks of targets, so that its memory does not grow with their number.

    Parameters
    ----------
    targets : mapping, sequence of mapping, or DataFrame
        The laws' inputs, and optionally `family` (None: a new family, drawn from the population) and `run` (the name of
        a training run with several checkpoints: `run_*` then continues that run).
    prob : float, default 0.9
        Probability of the equal-tailed intervals.

    Returns
    -------
    Forecast
        One row per target: median and interval of `law_*`, the family's average over repeated runs, and of `run_*`, one
        new run.

    Raises
    ------
    InputError
        If targets or `prob` cannot be used; lists all problems.
    """
    require_prob(prob)
    targets_of = {posterior: read_targets(posterior.design, targets) for posterior in self.posteriors.values()}
    first = targets_of[self.posterior]
    require_target_units(self.designs, first.table)
    times = np.asarray(np.max([read.extrapolation for read in targets_of.values()], axis=0))
    draw_block, size = _block_sampler(self, targets_of), block_size(max(part.n_draws for part in targets_of))
    labels, block_summaries = [], []
    for part in slices(len(first.table), size):
        block = draw_block(part)
        block_summaries.append(summaries({name: block[name].to_numpy() for name in VARIABLES}, prob))
        labels.append(block.drop_vars(VARIABLES))
    blocks = of_dataset(block) if len(labels) == 1 else Blocks(labels_of(labels), draw_block, size)
    summary = {name: np.concatenate([part[name] for part in block_summaries]) for name in block_summaries[0]}
    table = first.table.assign(**summary, extrapolation=times, flag=_flags(self, times))
    return Forecast(blocks, table, prob, first.table)


def _flags(laws: FittedLaws, times: Array) -> NDArray[np.str_]:
    """Warnings on each target (target,); empty where there are none."""
    lawless = all(no_smooth_law(posterior) for posterior in laws.posteriors.values())
    refused = "no smooth law holds in these data: rely on no forecast" if lawless else ""
    widest = np.max([stretch(posterior.widening, times) for posterior in laws.posteriors.values()], axis=0)
    widened = [f"interval widened {factor:.2g}x: see notes" if factor >= NOTED else "" for factor in widest]
    rows = zip(widened, map(flag, times), strict=True)
    return np.array(["; ".join(filter(None, (refused, *row))) for row in rows], dtype=str)


def _block_sampler(laws: FittedLaws, targets_of: Mapping[Posterior, Targets]) -> Callable[[slice], xr.Dataset]:
    """A function from a slice of the targets to their draws; `targets_of` holds the targets as each law reads them."""

    @cache
    def prepared(posterior: Posterior) -> tuple[Array, list[int]]:
        targets = targets_of[posterior]
        return stretch(posterior.widening, targets.extrapolation), _target_seeds(posterior.functions, targets)

    def draw(posterior: Posterior, part: slice) -> xr.Dataset:
        functions, targets = posterior.functions, targets_of[posterior]
        draws = _draws(functions, targets, part, *prepared(posterior), posterior.predictive_seed)
        return _dataset(functions, targets, part, *draws)

    def draw_block(part: slice) -> xr.Dataset:
        with np.errstate(over="ignore"):  # a draw of a new family may be infinite
            return laws.mix(lambda posterior: draw(posterior, part))

    return draw_block


@dataclass(frozen=True, eq=False)
class Predictive:
    """What one measurement at targets would be, on the model's scale: in every draw a Student-t.

    Arrays are (chain, draw, target): `law` without the run's own noise, `centre` and `scale` of the measurement, and
    `df`, infinite where the noise is normal given the draw.
    """

    law: Array
    centre: Array
    scale: Array
    df: Array

    def stretched(self, times: Array) -> "Predictive":
        """The same, so many times as wide about its medians (target,)."""
        if (times == 1.0).all():
            return self
        law, centre = (
            (middle := np.median(one, axis=(0, 1))) + times * (one - middle) for one in (self.law, self.centre)
        )
        return Predictive(law, centre, times * self.scale, self.df)


def predictive(functions: Functions, asked: Targets, seed: int, part: slice = slice(None)) -> Predictive:
    """The predictive distribution of some of the targets, draw by draw."""
    points = asked.log_inputs[part], asked.family[part]
    law, variance = functions.law_and_noise(*points)
    law = law + discrepancy(functions, *points, seed)
    scale = np.sqrt(_with_runs(functions, variance))
    df = np.broadcast_to(functions.noise["noise_df"][..., None], law.shape)
    going_on = np.flatnonzero(asked.run[part] >= 0)
    if not len(going_on):
        return Predictive(law, law, scale, df)
    centre, df = law.copy(), df.copy()
    for place in going_on:
        run = int(asked.run[part][place])
        effect, spread = continued(functions, (points[0][[place]], points[1][[place]]), run, seed)
        centre[..., place] += effect
        scale[..., place], df[..., place] = spread, np.inf
    return Predictive(law, centre, scale, df)


def log_density(laws: FittedLaws, targets: object, observed: ArrayLike) -> Array:
    """Compute the log predictive density of one measurement at each target.

    It is per unit of log response, and per unit of the response where a measurement is not above 0, so that laws of one
    response can be compared whatever their scales.

    Parameters
    ----------
    laws : FittedLaws
        Posterior of one law or of a stack.
    targets : object
        What `forecast` takes.
    observed : array_like
        The measurement at each target (target,), in natural units.

    Returns
    -------
    ndarray
        Log densities (target,).
    """
    of_laws = [_log_density(posterior, targets, observed) for posterior in laws.posteriors.values()]
    weights = np.array([laws.mixture_weights[name] for name in laws.posteriors])
    return np.asarray(logsumexp(np.stack(of_laws), axis=0, b=weights[:, None]))


def _log_density(posterior: Posterior, targets: object, observed: ArrayLike) -> Array:
    """Log predictive densities of one law (target,)."""
    design = posterior.design
    points = read_targets(design, targets)
    measurement = predictive(posterior.functions, points, posterior.predictive_seed)
    measurement = measurement.stretched(stretch(posterior.widening, points.extrapolation))
    scale, observed = design.spec.law.scale, np.asarray(observed, dtype=float)
    z = (scale.forward(observed, np) / design.unit - measurement.centre) / measurement.scale
    by_draw = log_student(z, measurement.df) - np.log(measurement.scale * design.unit)
    mean = logsumexp(by_draw, axis=(0, 1)) - np.log(by_draw.shape[0] * by_draw.shape[1])
    return np.asarray(mean + scale.log_jacobian(observed))


def _draws(
    functions: Functions, asked: Targets, part: slice, times: Array, seeds: list[int], seed: int
) -> tuple[Array, Array]:
    """Draws of `law` and of `run` at some of the targets, each (chain, draw, target)."""
    said = predictive(functions, asked, seed, part).stretched(times[part])
    run = np.stack([standard(said.df[..., place], seed, one) for place, one in enumerate(seeds[part])], axis=-1)
    run *= said.scale
    run += said.centre
    return functions.design.natural(said.law), functions.design.natural(run)


def run_variance(functions: Functions, log_inputs: Array, family: NDArray[np.int64]) -> Array:
    """Squared scale of one new run's one measurement on log response."""
    return _with_runs(functions, functions.noise_variance(log_inputs, family))


def _with_runs(functions: Functions, variance: Array) -> Array:
    """Noise variance (chain, draw, point) and the variance between runs."""
    if "noise_run" in functions.noise:
        variance = variance + functions.noise["noise_run"][..., None] ** 2
    return variance


def student(functions: Functions, seed: int, target: int) -> Array:
    """Standard Student-t noise of one target: (chain, draw)."""
    return standard(functions.noise["noise_df"], seed, target)


def standard(df: Array, seed: int, target: int) -> Array:
    """Standard Student-t noise of one target, normal where the degrees of freedom are infinite: (chain, draw)."""
    rng = np.random.default_rng(np.random.SeedSequence([seed, 2, target]))
    normal = rng.standard_normal(df.shape)
    heavy = np.isfinite(df)
    if heavy.all():
        return np.asarray(normal / np.sqrt(rng.chisquare(df) / df))
    some = np.where(heavy, df, 1.0)
    return np.asarray(normal / np.where(heavy, np.sqrt(rng.chisquare(some) / some), 1.0))


def continued(functions: Functions, point: tuple[Array, NDArray[np.int64]], run: int, seed: int) -> tuple[Array, Array]:
    """How far later measurements of a run seen in training lie from the law, and their noise: each (chain, draw).

    A run's rows are a multivariate t: normal given a scale of the whole run, with an effect of variance noise_run²
    that they share and noise that neighbours share. Scale and effect are drawn given the run's residuals so far
    (conjugate inverse gamma and normal), the same for every target of the run. What sets the run apart fades with
    distance from its own rows as the discrepancy does, and a fresh effect takes its place; without a discrepancy it
    stays. Of the noise that remains, the nearest row tells what its neighbour at that distance would share.
    """
    rows = np.flatnonzero(functions.design.run == run)
    white = white_residuals(functions, rows)
    df, between = functions.noise["noise_df"], functions.noise["noise_run"] ** 2
    inflation = 1 + between * (white.share**2).sum(axis=-1)
    weighted = (white.fresh * white.share).sum(axis=-1)
    squares = (white.fresh**2).sum(axis=-1) - between * weighted**2 / inflation
    rng = np.random.default_rng(np.random.SeedSequence([seed, 3, run]))
    mixed = (df + squares) / rng.chisquare(df + len(rows))
    effect = between * weighted / inflation + np.sqrt(mixed * between / inflation) * rng.standard_normal(df.shape)
    scale = np.sqrt(functions.noise_variance(*point)[..., 0])
    shared, told = _shared(functions, point[0], rows, effect)
    kept = _kept(functions, point[0], rows)
    effect = kept * effect + np.sqrt((1 - kept**2) * mixed * between) * rng.standard_normal(df.shape)
    return np.asarray(effect + scale * told), np.asarray(scale * np.sqrt(mixed * (1 - shared**2)))


def _shared(
    functions: Functions, point: Array, rows: NDArray[np.int64], effect: Array
) -> tuple[Array | float, Array | float]:
    """How noise at a point (1, input) correlates with that of a run's nearest row, and what it is expected to be from
    there, in units of its scale: each (chain, draw)."""
    if "noise_length" not in functions.noise:
        return 0.0, 0.0
    away = np.sqrt(((point - functions.design.log_inputs[rows]) ** 2).sum(axis=1))
    residual, variance = functions.at_data(rows[[int(away.argmin())]])
    shared = np.exp(-away.min() / functions.noise["noise_length"])
    return shared, shared * (residual[..., 0] - effect) / np.sqrt(variance[..., 0])


def _kept(functions: Functions, point: Array, rows: NDArray[np.int64]) -> float:
    """Correlation of a run's effect at a point (1, input) with that at the nearest of its rows."""
    design = functions.design
    if design.basis is None:
        return 1.0
    away = (point - design.log_inputs[rows]) / design.basis.lengthscales
    return float(np.exp(-0.5 * (away**2).sum(axis=1).min()))


def _target_seeds(functions: Functions, asked: Targets) -> list[int]:
    """A number per target from what it says: its noise does not depend on its neighbours, and twins are told apart."""
    seen: dict[bytes, int] = {}
    out = []
    for x, family in zip(asked.log_inputs, asked.family, strict=True):
        name = "" if family < 0 else functions.design.families[family]
        said = np.ascontiguousarray(x, dtype="<f8").tobytes() + name.encode()
        seen[said] = seen.get(said, 0) + 1
        digest = hashlib.sha256(said + seen[said].to_bytes(4, "little")).digest()
        out.append(int.from_bytes(digest[:16], "little"))
    return out


def _dataset(functions: Functions, asked: Targets, part: slice, law: Array, run: Array) -> xr.Dataset:
    design = functions.design
    names = [NEW_FAMILY if index < 0 else design.families[index] for index in asked.family[part]]
    inputs = {name: ("target", value) for name, value in inputs_at(design.spec.law, asked.log_inputs[part]).items()}
    coords = {
        "chain": np.arange(law.shape[0]),
        "draw": np.arange(law.shape[1]),
        "target": np.arange(len(asked.family))[part],
        "target_family": ("target", np.array(names, dtype=str)),
        **inputs,
    }
    dims = ("chain", "draw", "target")
    return xr.Dataset({"law": (dims, law), "run": (dims, run)}, coords, {"response": design.spec.law.response})
