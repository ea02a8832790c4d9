"""Forecasts: predictive draws of a family's average and of one new run at targets, and their summary."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from bayescale.core.display import Page, Shown
from bayescale.core.serialization import MARK
from bayescale.core.summary import require_prob, summaries
from bayescale.data.units import kind_of
from bayescale.errors import InputError
from bayescale.scaling.checks.unexplained import no_smooth_law
from bayescale.scaling.evaluation.interval_inflation import stretch
from bayescale.scaling.model.priors import inputs_at
from bayescale.scaling.posterior import FittedLaws, Posterior
from bayescale.scaling.predict.blocks import VARIABLES, Blocks, block_size, labels_of, of_dataset, slices
from bayescale.scaling.predict.draws import Functions
from bayescale.scaling.predict.predictive import predictive, standard_noise
from bayescale.scaling.predict.target_units import level_slips, require_target_units
from bayescale.scaling.predict.targets import Targets, flag, read_targets

type Array = NDArray[np.float64]

NEW_FAMILY = "(new family)"
STATUS = "status"  # attribute of draws that are approximate
NOTED = 1.05  # times as wide as sampled, above which the table notes it


@dataclass(frozen=True, repr=False)
class Forecast(Shown):
    """Predictive draws at targets in natural units, and their summary.

    Attributes
    ----------
    blocks : Blocks
        Draws of the targets, evaluated block by block; `dataset` is all of them.
    table : DataFrame
        The targets, with median, lower and upper of `law` and `run`, `extrapolation` (how far beyond the data each
        target lies) and `flag` (a note where that is farther than forecasts were tested).
    prob : float
        Probability of the equal-tailed intervals.
    targets : DataFrame
        The targets alone.
    """

    blocks: Blocks = field(repr=False)
    table: pd.DataFrame
    prob: float
    targets: pd.DataFrame = field(repr=False)

    @property
    def dataset(self) -> xr.Dataset:
        """All draws, each (chain, draw, target).

        `law` is what the family averages over repeated runs, law and discrepancy; `run` is one new run.

        Raises
        ------
        InputError
            If they would need more than 1 GB: some 15,000 targets of 4,000 draws.
        """
        return self.blocks.whole

    def below(self, threshold: ArrayLike) -> pd.DataFrame:
        """Compute the probability that the response falls below a threshold.

        Parameters
        ----------
        threshold : array_like
            One value, or one per target (target,).

        Returns
        -------
        DataFrame
            The targets with `threshold`, `law_below` and `run_below`; of a preview with `flag`.

        Raises
        ------
        InputError
            If the thresholds are not finite numbers in the unit of the response, one or as many as there are targets.
        """
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
            parts.append([(draws[name].to_numpy() < limit).mean(axis=(0, 1)) for name in VARIABLES])
        law, run = np.concatenate(parts, axis=-1)
        table = self.targets.assign(threshold=level, law_below=law, run_below=run)
        return table.assign(flag=self._mark) if self._mark else table

    @property
    def _mark(self) -> str:
        """What every answer from approximate draws says; empty for those of a fit."""
        return str(self.blocks.labels.attrs.get(STATUS, ""))

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
        return Page(f"{self._mark}: {title}" if self._mark else title, self.table)


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
    times = np.stack([read.extrapolation for read in targets_of.values()]).max(axis=0)
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
    mark = MARK if laws.is_approximate else ""
    refused = "no smooth law holds in these data: rely on no forecast" if lawless else ""
    widest = np.max([stretch(posterior.widening, times) for posterior in laws.posteriors.values()], axis=0)
    widened = [f"interval widened {factor:.2g}x: see notes" if factor >= NOTED else "" for factor in widest]
    rows = zip(widened, map(flag, times), strict=True)
    return np.array(["; ".join(filter(None, (mark, refused, *row))) for row in rows], dtype=str)


def _block_sampler(laws: FittedLaws, targets_of: Mapping[Posterior, Targets]) -> Callable[[slice], xr.Dataset]:
    """Return a function from a slice of the targets to their draws; `targets_of` holds the targets of each law."""

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
            draws = laws.mix(lambda posterior: draw(posterior, part))
        return draws.assign_attrs({STATUS: MARK}) if laws.is_approximate else draws

    return draw_block


def _draws(
    functions: Functions, targets: Targets, part: slice, times: Array, seeds: list[int], seed: int
) -> tuple[Array, Array]:
    """Draws of `law` and of `run` at some of the targets, each (chain, draw, target)."""
    measurement = predictive(functions, targets, seed, part).stretched(times[part])
    run = np.stack(
        [
            standard_noise(measurement.df[..., place], seed, target_seed)
            for place, target_seed in enumerate(seeds[part])
        ],
        axis=-1,
    )
    run *= measurement.scale
    run += measurement.centre
    return functions.design.natural(measurement.law), functions.design.natural(run)


def _target_seeds(functions: Functions, targets: Targets) -> list[int]:
    """Derive a seed per target from inputs and family, so that noise is independent of other targets; twins differ."""
    twins: dict[bytes, int] = {}
    seeds = []
    for log_inputs, family in zip(targets.log_inputs, targets.family, strict=True):
        name = "" if family < 0 else functions.design.families[family]
        content = np.ascontiguousarray(log_inputs, dtype="<f8").tobytes() + name.encode()
        twins[content] = twins.get(content, 0) + 1
        digest = hashlib.sha256(content + twins[content].to_bytes(4, "little")).digest()
        seeds.append(int.from_bytes(digest[:16], "little"))
    return seeds


def _dataset(functions: Functions, targets: Targets, part: slice, law: Array, run: Array) -> xr.Dataset:
    """Draws with the coordinates of their targets."""
    design = functions.design
    names = [NEW_FAMILY if index < 0 else design.families[index] for index in targets.family[part]]
    inputs = {name: ("target", value) for name, value in inputs_at(design.spec.law, targets.log_inputs[part]).items()}
    coords = {
        "chain": np.arange(law.shape[0]),
        "draw": np.arange(law.shape[1]),
        "target": np.arange(len(targets.family))[part],
        "target_family": ("target", np.array(names, dtype=str)),
        **inputs,
    }
    dims = ("chain", "draw", "target")
    return xr.Dataset({"law": (dims, law), "run": (dims, run)}, coords, {"response": design.spec.law.response})
