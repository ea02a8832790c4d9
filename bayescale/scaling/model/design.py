"""What is fitted: the question (`Spec`), and the numbers it takes from the data (`Design`), all frozen with the
posterior."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bayescale.data.quantities import to_axis
from bayescale.data.runs import Runs, needs
from bayescale.errors import InputError, LawError, closest
from bayescale.scaling.model.discrepancy import Basis, make_basis
from bayescale.scaling.model.identifiability import (
    one_run,
    require_possible,
    require_varied,
    too_few_rows,
    unidentified,
    with_defaults,
)
from bayescale.scaling.model.priors import anchor_of, carried, coordinate_names, inputs_at, prior_of
from bayescale.scaling.model.row_limit import MOST_ROWS, require_fittable_size
from bayescale.scaling_laws.law import Law, Noise
from bayescale.scaling_laws.responses import advice
from bayescale.scaling_laws.validation import POOLINGS

type Array = NDArray[np.float64]
type Pooling = Literal["shared", "partial", "free"]

#: Spread of log loss in a usual table of runs: what the priors of noise and discrepancy were made for.
USUAL_SPREAD = 0.3

SAME = 1e-9  # on the axes of inputs: points nearer to each other are one

NOISES = ("growing", "constant")

#: How a parameter varies over families unless the law or the spec says otherwise, by role.
DEFAULT_POOLING: Mapping[str, str] = {"q": "shared", "shape": "shared"}


@dataclass(frozen=True)
class Spec:
    """The question: a law, and how its parameters, the noise and the discrepancy are modelled."""

    law: Law
    family: str | None = "family"
    discrepancy: bool = True
    noise: Noise = "growing"
    pooling: Mapping[str, Pooling] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.noise not in NOISES:
            raise InputError(f"noise={self.noise!r} is not known.{closest(self.noise, NOISES)}")
        for name, how in self.pooling.items():
            if name not in self.law.parameter_names:
                raise LawError(
                    f"pooling: law {self.law.name!r} has no parameter {name!r}.{
                        closest(name, self.law.parameter_names)
                    }"
                )
            if how not in POOLINGS:
                raise InputError(f"pooling of {name!r}: {how!r} is not known.{closest(how, POOLINGS)}")

    def pooling_of(self, name: str) -> str:
        """ "shared", "partial" or "free": as asked, else as the law has it, else by role."""
        usual = self.law.pooling.get(name, DEFAULT_POOLING.get(self.law.role(name), "partial"))
        return self.pooling.get(name, usual)


@dataclass(frozen=True)
class Layout:
    """The shape of a model: everything the compiled code depends on. Data, priors and coordinates are swapped in.

    `anchor` is the parameter that the level at the centre stands for: the floor, or without one the last amplitude. A
    law without power terms has none.
    """

    law: Law
    n_families: int
    pooled: tuple[str, ...]
    shared: tuple[str, ...]
    free: tuple[str, ...]
    n_basis: int
    noise: Noise
    run_noise: bool
    drift: bool

    def key(self) -> tuple[Any, ...]:
        """What the compiled code depends on: of the priors no more than the scale that each is normal on."""
        scales = tuple(prior_of(self.law, name).scale for name in coordinate_names(self.law))
        how = (self.n_families, self.pooled, self.shared, self.free, self.n_basis)
        noise = (self.noise, self.run_noise, self.drift)
        return (repr(self.law.expression), self.law.link, self.law.scale, scales, *how, *noise)

    @property
    def anchor(self) -> str:
        return anchor_of(self.law)

    @property
    def population(self) -> tuple[str, ...]:
        return self.pooled + self.shared

    @property
    def members(self) -> tuple[str, ...]:
        """Pooled parameters sampled per family as themselves (the anchor is sampled as the level)."""
        return tuple(name for name in self.pooled if name != self.anchor)

    @property
    def frees(self) -> tuple[str, ...]:
        return tuple(name for name in self.free if name != self.anchor)

    @property
    def has_level(self) -> bool:
        return self.anchor not in ("", *self.shared)

    @property
    def noise_names(self) -> tuple[str, ...]:
        growing = ("noise_slope", "noise_growth") if self.noise == "growing" else ()
        run = ("noise_run",) if self.run_noise else ()
        return ("noise_floor", *growing, "noise_df", *run, *(("noise_length",) if self.drift else ()))


@dataclass(frozen=True)
class Design:
    """The numbers a model takes from its data, frozen with the posterior so that forecasts need nothing else.

    Rows are sorted by run, a run's rows along its course. `least` is the least training value of the latent quantity
    per family, had all families come equally far (`coordinates.carried`): what floor fractions and slopes are relative
    to. `log_inputs` are inputs on their axes, the logarithm but for quantities that may be zero. The response is
    modelled on the law's scale in units of `unit`: 1 for logarithms; on other scales what makes priors of noise and
    discrepancy, given for log loss, fit the range of the data.
    """

    spec: Spec
    families: tuple[str, ...]
    runs: tuple[str, ...]
    row: NDArray[np.int64]  # (obs,): row number in the source
    scaled_response: Array  # (obs,): response on the law's scale, in `unit`
    log_inputs: Array  # (obs, input)
    family: NDArray[np.int64]  # (obs,)
    run: NDArray[np.int64]  # (obs,)
    centre: Array  # (input,): log of the geometric mean
    least: Array  # (family,)
    unit: float
    basis: Basis | None
    notes: tuple[str, ...]

    def natural(self, scaled: Array) -> Array:
        """The response in natural units at values on the model's scale."""
        return np.asarray(self.spec.law.scale.inverse(scaled * self.unit))

    @property
    def inputs(self) -> dict[str, Array]:
        """Training inputs by name in natural units, each (obs,)."""
        return inputs_at(self.spec.law, self.log_inputs)

    @cached_property
    def step(self) -> Array:
        """How far every row lies from the one before it in its run (obs,), on the axes of the inputs (in e-folds, where
        these are logarithms). Infinite for a run's first row, and for one measured again at the same inputs."""
        out = np.full(len(self.row), np.inf)
        out[1:] = np.sqrt((np.diff(self.log_inputs, axis=0) ** 2).sum(axis=1))
        out[1:][np.diff(self.run) != 0] = np.inf
        out[out < SAME] = np.inf
        return out

    @property
    def layout(self) -> Layout:
        law, names = self.spec.law, coordinate_names(self.spec.law)
        how = {name: self.spec.pooling_of(name) for name in names}
        if len(self.families) == 1:
            how = {name: "free" if mode == "partial" else mode for name, mode in how.items()}
        chosen = {mode: tuple(name for name in names if how[name] == mode) for mode in POOLINGS}
        return Layout(
            law,
            len(self.families),
            chosen["partial"],
            chosen["shared"],
            chosen["free"],
            self.basis.size if self.basis else 0,
            self.spec.noise,
            len(self.runs) < len(self.row),
            len(self.runs) < len(self.row) and bool(np.isfinite(self.step).any()),
        )


def make_design(runs: Runs, spec: Spec, max_rows: int = MOST_ROWS) -> Design:
    """Take from validated runs what a model needs, of `max_rows` rows at most.

    Raises InputError, all problems at once: columns or values the law needs are missing, too few runs, nothing varies.
    """
    law = spec.law
    if law.response != runs.response:
        again = f"; or read them with response={law.response!r}" if law.response in runs.table else ""
        fitting = advice(runs.response, map(str, runs.table.columns))
        raise LawError(
            f"law {law.name!r} is for {law.response!r}, and these runs hold {runs.response!r}: {fitting}{again}"
        )
    family_column = spec.family if spec.family is not None and spec.family in runs.table else None
    if spec.family not in (None, "family") and family_column is None:
        raise InputError(f"no column {spec.family!r} to take families from.{closest(spec.family, runs.table.columns)}")
    require_fittable_size(runs, max_rows)
    runs = with_defaults(runs, law)
    needs(runs, [*law.inputs, runs.response])
    require_possible(law, runs)
    axes = np.column_stack([to_axis(name, runs.table[name].to_numpy(dtype=float)) for name in law.inputs])
    table = runs.table.reset_index(drop=True)
    own = "all" if family_column is None else table[family_column].astype(str)
    table = table.assign(_family=own, _course=axes.sum(axis=1))
    table = table.sort_values(["_family", "run", "_course", "row"], kind="stable")
    log_inputs = axes[table.index]
    families, family = np.unique(table["_family"].to_numpy(dtype=str), return_inverse=True)
    names, run = np.unique(
        (table["_family"] + "\x1f" + table["run"].astype(str)).to_numpy(dtype=str), return_inverse=True
    )
    response = table[runs.response].to_numpy(dtype=float)
    with np.errstate(all="ignore"):
        latent = law.link.inverse(response)
    require_varied(law, table, runs.source, log_inputs, latent)
    scaled = law.scale.forward(response, np)
    unit = 1.0 if law.scale.name == "log" else max(float(np.std(scaled)), 1e-9) / USUAL_SPREAD
    notes = (
        *runs.notes,
        *too_few_rows(law, families, family),
        *unidentified(law, log_inputs, families, family, runs.response),
        *one_run(names),
    )
    return Design(
        spec=spec,
        families=tuple(map(str, families)),
        runs=tuple(str(name).split("\x1f")[1] for name in names),
        row=table["row"].to_numpy(dtype=np.int64),
        scaled_response=scaled / unit,
        log_inputs=log_inputs,
        family=family.astype(np.int64),
        run=run.astype(np.int64),
        centre=log_inputs.mean(axis=0),
        least=carried(law, latent, family.astype(np.int64), log_inputs),
        unit=unit,
        basis=make_basis(log_inputs, family.astype(np.int64)) if spec.discrepancy else None,
        notes=notes,
    )
