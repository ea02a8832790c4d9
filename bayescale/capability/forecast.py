"""Forecasts of scores: of models of the table that were not measured on a benchmark, and of other models by compute."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from bayescale.capability.posterior import CapabilityPosterior, implied_score, spread
from bayescale.capability.state import curve, mean_slope
from bayescale.capability.targets import Target, read_targets
from bayescale.core.arguments import checked
from bayescale.core.display import Page, Shown
from bayescale.core.summary import numbers, require_prob, summaries
from bayescale.errors import InputError, closest

type Array = NDArray[np.float64]

NEW_FAMILY = "(new family)"
FAR = 10.0  # times the compute of the largest model, beyond which a forecast is flagged: none was tested there
VARIABLES = ("law", "run")


@checked
@dataclass(frozen=True, repr=False)
class ScoreForecast(Shown):
    """Predictive draws of scores, and their summary.

    Attributes
    ----------
    dataset : Dataset
        `law` and `run`, each (chain, draw, row).
    table : DataFrame
        One row per target and benchmark: `model`, `family`, `flops`, `benchmark`, medians and intervals of `law` and
        `run`, the `measured` score of a model of the table, `extrapolation` (times the compute of the largest model)
        and `flag`.
    prob : float
        Probability of the equal-tailed intervals.
    """

    dataset: xr.Dataset = field(repr=False)
    table: pd.DataFrame
    prob: float

    def above(self, threshold: float) -> pd.DataFrame:
        """Compute the probability that a score is above a threshold.

        Parameters
        ----------
        threshold : float
            A share between 0 and 1.

        Returns
        -------
        DataFrame
            The rows of the forecast with `threshold`, `law_above` and `run_above`.

        Raises
        ------
        InputError
            If the threshold does not lie between 0 and 1.
        """
        level = float(numbers("threshold", threshold, "such as 0.8")[0])
        if level >= 1:
            raise InputError(f"threshold={threshold!r} must lie between 0 and 1: scores are shares")
        shares = {f"{name}_above": (self.dataset[name] > level).mean(("chain", "draw")) for name in VARIABLES}
        columns = ["model", "family", "flops", "benchmark"]
        return self.table[columns].assign(
            threshold=level, **{name: values.to_numpy() for name, values in shares.items()}
        )

    @property
    def _page(self) -> Page:
        title = f"{100 * self.prob:.4g} % intervals: law = average over models, run = one model, as it is measured"
        return Page(title, self.table)


def forecast(
    self: CapabilityPosterior, targets: object = None, benchmarks: Sequence[str] | None = None, prob: float = 0.9
) -> ScoreForecast:
    """Forecast the scores of models.

    Two quantities are forecast for each target and benchmark. Of a model that is given by family and compute, `law` is
    the mean score of the family's models with that compute, and `run` the score that one new model is measured to have.
    Of a model of the table, whose other scores are known, `law` is the mean score of models with its capability, and
    `run` its score as it is measured. `run` contains the noise of the benchmark's items.

    Parameters
    ----------
    targets : mapping, sequence of mapping, or DataFrame, optional
        Either `model`, the name of a model of the table, or `flops` (or `n_params` and `n_tokens`) with `family`.
        Without a family the model is of a new family, drawn from the population. By default every blank score of the
        table is forecast.
    benchmarks : sequence of str, optional
        The benchmarks; all where omitted.
    prob : float, default 0.9
        Probability of the equal-tailed intervals.

    Returns
    -------
    ScoreForecast
        One row per target and benchmark.

    Raises
    ------
    InputError
        If targets, benchmarks or `prob` cannot be used, or the table has no blank score.
    """
    require_prob(prob)
    scores = self.scores
    places = _places(scores.benchmarks, benchmarks)
    blank = targets is None
    if blank:
        some = (scores.measured[:, places] == 0).any(axis=1)
        if not some.any():
            raise InputError("the table has no blank score: give targets, such as {'family': ..., 'flops': 1e24}")
        targets = pd.DataFrame({"model": np.array(scores.models)[some]})
    read = read_targets(scores, targets)
    pairs = [
        (target, place)
        for target in read
        for place in places
        if not (blank and target.model is not None and scores.measured[target.model, place])
    ]
    columns: dict[str, list[Array]] = {name: [] for name in VARIABLES}
    rng = self.random_generator(0)
    lines = {id(target): _line(self, target, rng) for target in read}
    for target, place in pairs:
        law, run = _draws(self, *lines[id(target)], place, rng)
        columns["law"].append(law)
        columns["run"].append(run)
    draws = {name: np.stack(values, axis=-1) for name, values in columns.items()}
    table = _labels(self, pairs).assign(**summaries(draws, prob))
    sides = [name for name in table if str(name).startswith(VARIABLES)]
    ends = [name for name in table if name not in (*sides, "measured", "extrapolation", "flag")]
    dims = ("chain", "draw", "row")
    dataset = xr.Dataset({name: (dims, values) for name, values in draws.items()})
    return ScoreForecast(dataset, table[[*ends, *sides, "measured", "extrapolation", "flag"]], prob)


def _places(benchmarks: Sequence[str], chosen: Sequence[str] | None) -> list[int]:
    """Places of benchmarks."""
    if chosen is None:
        return list(range(len(benchmarks)))
    unknown = [f"no benchmark {name!r}.{closest(name, benchmarks)}" for name in chosen if name not in benchmarks]
    if unknown or len(chosen) == 0:
        raise InputError("benchmarks cannot be used:", unknown or ["name one at least"])
    return [benchmarks.index(name) for name in dict.fromkeys(chosen)]


def _line(
    posterior: CapabilityPosterior, target: Target, rng: np.random.Generator
) -> tuple[Array, Array, Array, Array]:
    """Capability (chain, draw, dimension), compute and offsets of a target, and the scale of its capability."""
    draws, known = posterior.draws, target.model
    scale = draws["model_scale"]
    if known is not None:
        offset = draws["offset"][:, :, target.family]
        return draws["capability"][:, :, known], draws["compute"][:, :, known], offset, np.zeros_like(scale)
    if target.family is not None:
        efficiency, slope = draws["efficiency"][:, :, target.family], draws["slope"][:, :, target.family]
        offset = draws["offset"][:, :, target.family]
    else:
        efficiency = draws["efficiency_scale"] * rng.standard_normal(scale.shape)
        slope = mean_slope(scale.shape[-1]) + draws["slope_scale"] * rng.standard_normal(scale.shape)
        offset = draws["offset_scale"] * rng.standard_normal(draws["offset_scale"].shape)
    compute = np.full(scale.shape[:2], target.compute)
    # One model has one capability, whatever the benchmark: its deviation is drawn once.
    deviation = scale * rng.standard_normal(scale.shape)
    return np.stack([efficiency + slope * target.compute, deviation]), compute, offset, scale


def _draws(
    posterior: CapabilityPosterior,
    capability: Array,
    compute: Array,
    offset: Array,
    scale: Array,
    place: int,
    rng: np.random.Generator,
) -> tuple[Array, Array]:
    """Draws of `law` and `run` of one target on one benchmark, each (chain, draw)."""
    scores, coefficient = posterior.scores, posterior.draws["coefficient"][:, :, place]
    residual_scale, loading = posterior.draws["residual_scale"][:, :, place], coefficient[..., 1:-1]
    mean, deviation = capability if capability.ndim > scale.ndim else (capability, np.zeros_like(capability))
    level = coefficient[..., 0] + curve(compute) * coefficient[..., -1] + offset[..., place]
    logit = level + (loading * mean).sum(axis=-1)
    width = spread(loading[..., None, :] ** 2, scale, residual_scale[..., None])[..., 0]
    law = implied_score(scores, logit, place, width)
    single = logit + (loading * deviation).sum(axis=-1) + residual_scale * rng.standard_normal(logit.shape)
    share = implied_score(scores, single, place)
    noise = np.sqrt(share * (1 - share) / scores.items[place]) * rng.standard_normal(share.shape)
    return law, np.clip(share + noise, 0.0, 1.0)


def _labels(posterior: CapabilityPosterior, pairs: Sequence[tuple[Target, int]]) -> pd.DataFrame:
    """What each row of a forecast is of."""
    scores = posterior.scores
    largest = float(scores.compute[scores.unknown_scale == 0].max())
    rows: list[Mapping[str, object]] = []
    for target, place in pairs:
        known = target.model
        unknown = known is not None and scores.unknown_scale[known] > 0
        times = np.nan if unknown else float(10 ** max(target.compute - largest, 0.0))
        rows.append(
            {
                "model": None if known is None else scores.models[known],
                "family": NEW_FAMILY if target.family is None else scores.families[target.family],
                "flops": np.nan if unknown else 10 ** (target.compute + scores.centre),
                "benchmark": scores.benchmarks[place],
                "measured": np.nan if known is None else scores.score[known, place],
                "extrapolation": times,
                "flag": f"{times:.3g}x beyond the largest model: farther than was tested" if times > FAR else "",
            }
        )
    return pd.DataFrame(rows)
