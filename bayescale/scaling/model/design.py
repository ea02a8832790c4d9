"""The numbers that a model takes from its data, stored with the posterior: `Design`."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.data.quantities import to_axis
from bayescale.data.runs import Runs, needs
from bayescale.errors import InputError, LawError, closest
from bayescale.scaling.model.discrepancy import Basis, make_basis
from bayescale.scaling.model.identifiability import (
    require_possible,
    require_varied,
    single_run_note,
    too_few_rows,
    unidentified,
    with_defaults,
)
from bayescale.scaling.model.layout import Layout
from bayescale.scaling.model.priors import coordinate_names, inputs_at
from bayescale.scaling.model.spec import Spec
from bayescale.scaling.model.typical_law import extrapolate_min_loss, reducible_slopes
from bayescale.scaling.rows.row_limit import MOST_ROWS, require_fittable_size
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.priors.prior_files import OF_CHECKPOINTS, default_table, shipped
from bayescale.scaling_laws.responses import advice

type Array = NDArray[np.float64]

#: Spread of log loss in a usual table of runs, which the priors of noise and discrepancy are made for.
USUAL_SPREAD = 0.3

SAME = 1e-9  # on the axes of inputs: points nearer to each other count as one


@dataclass(frozen=True)
class Design:
    """The numbers that a model takes from its data, frozen with the posterior so that forecasts need nothing else.

    Rows are sorted by run, a run's rows along its course.

    Attributes
    ----------
    spec : Spec
        Law, and how it is modelled.
    families, runs : tuple of str
        Labels.
    row : array of int, shape (obs,)
        Row numbers in the source.
    scaled_response : array, shape (obs,)
        Response on the law's scale, in units of `unit`.
    log_inputs : array, shape (obs, input)
        Inputs on their axes: the logarithm but for quantities that may be zero.
    family, run : array of int, shape (obs,)
        Indices of each row's family and run.
    centre : array, shape (input,)
        Mean of `log_inputs`.
    min_loss : array, shape (family,)
        Least training value of the latent quantity per family, had all families come equally far
        (`typical_law.extrapolate_min_loss`). Floor fractions and slopes are relative to it.
    unit : float
        1 for a response on the log scale. On other scales what makes the priors of noise and discrepancy, which are
        for log loss, fit the range of the data.
    basis : Basis or None
        Functions of the discrepancy.
    notes : tuple of str
        Notes on the runs and on what they identify.
    """

    spec: Spec
    families: tuple[str, ...]
    runs: tuple[str, ...]
    row: NDArray[np.int64]
    scaled_response: Array
    log_inputs: Array
    family: NDArray[np.int64]
    run: NDArray[np.int64]
    centre: Array
    min_loss: Array
    unit: float
    basis: Basis | None
    notes: tuple[str, ...]

    def natural(self, scaled: Array) -> Array:
        """Convert responses from the model's scale to natural units.

        Parameters
        ----------
        scaled : array
            Responses on the law's scale, in units of `unit`.

        Returns
        -------
        array
            Responses in natural units.
        """
        return np.asarray(self.spec.law.scale.inverse(scaled * self.unit))

    @property
    def inputs(self) -> dict[str, Array]:
        """Training inputs by name in natural units, each (obs,)."""
        return inputs_at(self.spec.law, self.log_inputs)

    @cached_property
    def step(self) -> Array:
        """Distance of every row from the previous row of its run, shape (obs,).

        The distance is on the axes of the inputs, in e-folds where these are logarithms. It is infinite for the first
        row of a run, and for a row measured again at the same inputs.
        """
        out = np.full(len(self.row), np.inf)
        out[1:] = np.sqrt((np.diff(self.log_inputs, axis=0) ** 2).sum(axis=1))
        out[1:][np.diff(self.run) != 0] = np.inf
        out[out < SAME] = np.inf
        return out

    @cached_property
    def family_centres(self) -> Array:
        """Mean of `log_inputs` of each family, shape (family, input)."""
        count = len(self.families)
        rows = np.bincount(self.family, minlength=count)
        sums = [np.bincount(self.family, weights=column, minlength=count) for column in self.log_inputs.T]
        return np.stack(sums, axis=1) / rows[:, None]

    @cached_property
    def layout(self) -> Layout:
        """Shape of the model."""
        law, names = self.spec.law, coordinate_names(self.spec.law)
        modes = {name: self.spec.pooling_of(name) for name in names}
        if len(self.families) == 1:
            modes = {name: "free" if mode == "partial" else mode for name, mode in modes.items()}
        pooled, shared, free = (
            tuple(name for name in names if modes[name] == mode) for mode in ("partial", "shared", "free")
        )
        return Layout(
            law,
            len(self.families),
            pooled,
            shared,
            free,
            self.basis.size if self.basis else 0,
            self.spec.noise,
            len(self.runs) < len(self.row),
            len(self.runs) < len(self.row) and bool(np.isfinite(self.step).any()),
        )


def make_design(runs: Runs, spec: Spec, max_rows: int = MOST_ROWS) -> Design:
    """Take from validated runs what a model needs.

    Parameters
    ----------
    runs : Runs
        Training runs.
    spec : Spec
        Law, and how it is modelled.
    max_rows : int, default 10,000
        Rows of a fit at most.

    Returns
    -------
    Design
        The numbers, with notes on what is odd.

    Raises
    ------
    InputError
        For columns or values that the law needs and the table does not hold, too few or too many rows, inputs that
        never vary.
    LawError
        For a law of another response than that of the runs.
    """
    law = spec.law
    _require_response(law, runs)
    family_column = _family_column(spec, runs)
    require_fittable_size(runs, max_rows)
    runs = with_defaults(runs, law)
    needs(runs, [*law.inputs, runs.response])
    require_possible(law, runs)
    table, log_inputs = _sorted_rows(law, runs, family_column)
    families, family = np.unique(table["_family"].to_numpy(dtype=str), return_inverse=True)
    family = family.astype(np.int64)
    run_labels, run = np.unique(
        (table["_family"] + "\x1f" + table["run"].astype(str)).to_numpy(dtype=str), return_inverse=True
    )
    spec = _with_priors_of_rows(spec, has_checkpoints=len(run_labels) < len(run))
    response = table[runs.response].to_numpy(dtype=float)
    with np.errstate(all="ignore"):
        latent = law.link.inverse(response)
    require_varied(law, table, runs.source, log_inputs, latent)
    scaled = law.scale.forward(response, np)
    unit = 1.0 if law.scale.name == "log" else max(float(np.std(scaled)), 1e-9) / USUAL_SPREAD
    min_loss = extrapolate_min_loss(spec, latent, family, log_inputs)
    notes = (
        *runs.notes,
        *too_few_rows(law, families, family),
        *unidentified(law, log_inputs, families, family),
        *single_run_note(run_labels),
    )
    return Design(
        spec=spec,
        families=tuple(map(str, families)),
        runs=tuple(str(label).split("\x1f")[1] for label in run_labels),
        row=table["row"].to_numpy(dtype=np.int64),
        scaled_response=scaled / unit,
        log_inputs=log_inputs,
        family=family,
        run=run.astype(np.int64),
        centre=log_inputs.mean(axis=0),
        min_loss=min_loss,
        unit=unit,
        basis=_basis(spec, log_inputs, family, min_loss),
        notes=notes,
    )


def _with_priors_of_rows(spec: Spec, has_checkpoints: bool) -> Spec:
    """The spec with the default priors of checkpoints, where rows are those and the spec has the default priors."""
    if has_checkpoints and spec.priors == default_table():
        return replace(spec, priors=shipped(OF_CHECKPOINTS))
    return spec


def _require_response(law: Law, runs: Runs) -> None:
    """Raise LawError for a law of another response than that of the runs."""
    if law.response == runs.response:
        return
    again = f"; or read them with response={law.response!r}" if law.response in runs.table else ""
    fitting = advice(runs.response, map(str, runs.table.columns))
    raise LawError(f"law {law.name!r} is for {law.response!r}, and these runs hold {runs.response!r}: {fitting}{again}")


def _family_column(spec: Spec, runs: Runs) -> str | None:
    """The column of the families; None where all rows are of one."""
    if spec.family is not None and spec.family in runs.table:
        return spec.family
    if spec.family not in (None, "family"):
        raise InputError(f"no column {spec.family!r} to take families from.{closest(spec.family, runs.table.columns)}")
    return None


def _sorted_rows(law: Law, runs: Runs, family_column: str | None) -> tuple[pd.DataFrame, Array]:
    """Rows sorted by family and run, a run's rows along its course, with their inputs on the axes (obs, input)."""
    axes = np.column_stack([to_axis(name, runs.table[name].to_numpy(dtype=float)) for name in law.inputs])
    table = runs.table.reset_index(drop=True)
    labels = "all" if family_column is None else table[family_column].astype(str)
    table = table.assign(_family=labels, _course=axes.sum(axis=1))
    table = table.sort_values(["_family", "run", "_course", "row"], kind="stable")
    return table, axes[table.index]


def _basis(spec: Spec, log_inputs: Array, family: NDArray[np.int64], min_loss: Array) -> Basis | None:
    """Functions of the discrepancy; None without one."""
    if not spec.discrepancy:
        return None
    typical = float(np.exp(np.log(min_loss).mean()))
    slopes = spec.discrepancy_growth * reducible_slopes(spec, typical, log_inputs.mean(axis=0))
    return make_basis(log_inputs, family, spec.discrepancy_lengthscale, spec.discrepancy_shared, slopes)
