"""What moved between two versions of a model: parameters, forecasts, and the runs that moved them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from bayescale.data.columns import as_text
from bayescale.errors import InputError
from bayescale.horizon.result import Horizon
from bayescale.loading import as_posterior
from bayescale.maintenance.horizon_diff import agents_between, horizons_moved, trend_moved
from bayescale.maintenance.influence import influence_of, runs_between, side_of
from bayescale.maintenance.moved import moved_by
from bayescale.scaling.checks.context import forecast_points
from bayescale.scaling.model.priors import inputs_at
from bayescale.scaling.posterior import FittedLaws, Posterior
from bayescale.scaling.predict.forecast import forecast
from bayescale.scaling.result import Fit

type Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Diff:
    """The differences of a later posterior from an earlier one.

    Parameters
    ----------
    runs : DataFrame
        One row per run that was added, removed or changed, with its last measurement before and after.
    forecasts : DataFrame
        One row per target: medians of `law_*` before and after, `moved` in standard deviations of the earlier forecast
        (half its central 68 %), the Monte Carlo `error` of that, and medians of `run_*`.
    influence : DataFrame
        One row per target, law and such run, and one for all of them: `effect`, how far the run moved the forecast of
        the law; see `maintenance.influence`.
    parameters : DataFrame
        One row per law, parameter and family (or per parameter and agent): `before`, `after`, `moved` and `error` as of
        forecasts.
    subject : str, default "runs"
        What `runs` lists: "agents" for time horizons.
    """

    runs: pd.DataFrame = field(repr=False)
    forecasts: pd.DataFrame = field(repr=False)
    influence: pd.DataFrame = field(repr=False)
    parameters: pd.DataFrame = field(repr=False)
    subject: str = "runs"

    @property
    def tables(self) -> tuple[tuple[str, str, pd.DataFrame], ...]:
        """Every table with its name and title."""
        return (
            ("runs", f"{self.subject.capitalize()} added, removed or changed", self.runs),
            ("forecasts", "How far forecasts moved, in standard deviations of the earlier forecast", self.forecasts),
            ("influence", "Which runs moved the forecasts, largest effect first", self.influence),
            (
                "parameters",
                "How far parameters moved, in standard deviations of the earlier ones",
                self.parameters,
            ),
        )


def diff(before: xr.DataTree, after: xr.DataTree, targets: object = None) -> Diff:
    """Compare two posteriors of runs or of time horizons, and find the runs that moved the forecasts.

    No fit is repeated.

    Parameters
    ----------
    before : DataTree
        The earlier posterior.
    after : DataTree
        The later posterior.
    targets : object, optional
        Targets as of `Fit.forecast`, by default ten times the largest inputs of each family; of time horizons, a
        DataFrame with a column `date`. A target that the earlier posterior cannot forecast has no `before`.

    Returns
    -------
    Diff
        The differences.

    Raises
    ------
    InputError
        The later posterior cannot forecast a target, a tree is one of risk, or the two are of different kinds.
    StoredPosteriorError
        A tree is no posterior.
    """
    first, second = as_posterior(before), as_posterior(after)
    if isinstance(first, Horizon) and isinstance(second, Horizon):
        return _of_horizons(first, second, targets)
    if not isinstance(first, Fit) or not isinstance(second, Fit):
        raise InputError(
            "diff compares two posteriors of runs, or two of time horizons: compare the reports of other models"
        )
    earlier, later = FittedLaws(before), FittedLaws(after)
    table = forecast(later, _far(later) if targets is None else targets).targets
    old, new = earlier.posteriors, later.posteriors
    shared = [law for law in new if law in old]
    effects = [_effects(law, old[law], new[law], table) for law in shared]
    return Diff(
        runs_between(earlier.designs[0], later.designs[0]),
        _forecasts(earlier, later, table),
        _ranked(pd.concat(effects, ignore_index=True)) if effects else pd.DataFrame(),
        _parameters({law: (old[law], new[law]) for law in shared}),
    )


def _of_horizons(before: Horizon, after: Horizon, targets: object) -> Diff:
    """Agents, horizons and slopes, and the trend on the dates of targets where there are release dates."""
    if targets is not None and not isinstance(targets, pd.DataFrame):
        raise InputError("targets of time horizons must be a DataFrame with a column 'date'")
    dates = targets if targets is not None and after.dated else pd.DataFrame()
    return Diff(
        agents_between(before.cells, after.cells),
        trend_moved(before, after, dates),
        pd.DataFrame(),
        horizons_moved(before, after),
        "agents",
    )


def _effects(law: str, before: Posterior, after: Posterior, targets: pd.DataFrame) -> pd.DataFrame:
    sides = [side_of(posterior, _draws(FittedLaws(posterior.tree), targets)) for posterior in (before, after)]
    effects = influence_of(*sides)
    return effects.assign(law=law)


def _ranked(effects: pd.DataFrame) -> pd.DataFrame:
    """By target, the largest effect first."""
    by_size = effects.sort_values("effect", key=np.abs, ascending=False, kind="stable")
    return by_size.sort_values("target", kind="stable", ignore_index=True)


def _far(laws: FittedLaws) -> pd.DataFrame:
    """Ten times the largest inputs of each family."""
    inputs: dict[str, Array] = {}
    families: list[str] = []
    for design in laws.designs:
        points = forecast_points(design, None)
        inputs |= inputs_at(design.spec.law, points.log_inputs)
        families = [design.families[index] for index in points.family]
    return pd.DataFrame({"family": families, **inputs})


def _draws(laws: FittedLaws, targets: pd.DataFrame, quantity: str = "law") -> Array:
    """Draws (chain, draw, target); NaN at targets that this posterior cannot forecast."""
    design = laws.designs[0]
    column = design.spec.family if design.spec.family in targets else "family"
    named = as_text(targets[column]) if column in targets else [""] * len(targets)
    able = np.array([not name or name in design.families for name in named])
    try:
        draws = forecast(laws, targets[able].reset_index(drop=True)).dataset[quantity].to_numpy()
    except InputError:  # none of them, or inputs that this law asks for and the later one does not
        return np.full((1, 2, len(targets)), np.nan)
    out = np.full((*draws.shape[:2], len(targets)), np.nan)
    out[..., able] = draws
    return out


def _forecasts(before: FittedLaws, after: FittedLaws, targets: pd.DataFrame) -> pd.DataFrame:
    law = [_draws(laws, targets) for laws in (before, after)]
    run = [np.median(_draws(laws, targets, "run"), axis=(0, 1)) for laws in (before, after)]
    moved = [moved_by(law[0][..., place], law[1][..., place]) for place in range(len(targets))]
    return targets.assign(**pd.DataFrame(moved), run_before=run[0], run_after=run[1])


def _parameters(laws: Mapping[str, tuple[Posterior, Posterior]]) -> pd.DataFrame:
    rows = []
    for law, (before, after) in laws.items():
        design = after.design
        earlier, later = before.tree["posterior"].to_dataset(), after.tree["posterior"].to_dataset()
        names = (*design.spec.law.parameter_names, *design.layout.noise_names, "discrepancy_scale")
        for name in [name for name in names if name in earlier and name in later]:
            for family in _families(earlier[name], later[name]):
                draws = [_of(values, family) for values in (earlier[name], later[name])]
                rows.append({"law": law, "parameter": name, "family": family, **moved_by(*draws)})
    table = pd.DataFrame(rows, columns=["law", "parameter", "family", "before", "after", "moved", "error"])
    return table.sort_values("moved", key=np.abs, ascending=False, ignore_index=True, kind="stable")


def _families(before: xr.DataArray, after: xr.DataArray) -> Sequence[str | None]:
    """Families that a parameter has a value for in both; one None for a parameter that has none."""
    if "family" not in after.dims:
        return [None]
    known = set(map(str, before["family"].to_numpy()))
    return [name for name in map(str, after["family"].to_numpy()) if name in known]


def _of(values: xr.DataArray, family: str | None) -> Array:
    selected = values if family is None else values.sel(family=family)
    return np.asarray(selected.transpose("chain", "draw").to_numpy(), dtype=float)
