"""Tables of priors: one distribution for each kind of quantity of the model, with the tables of runs it comes from.

A table states what is known before any run of a new table is seen: of the parameters of laws by their role, of their
spread over families, of the noise and of the discrepancy. A law of the catalogue that has its own prior of a parameter
keeps it. `prior_files.py` reads tables, of which `priors/` holds the shipped ones; `scaling/learning/` makes others
from fits.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bayescale.core.arguments import checked
from bayescale.core.display import Page, Shown
from bayescale.core.paths import unwritable
from bayescale.core.text import count
from bayescale.errors import InputError, closest
from bayescale.scaling_laws.prior import Prior, Scale

if TYPE_CHECKING:
    import pandas as pd

MOST_NAMES = 20  # of tables of runs in a line

#: Every quantity: the scale on which its prior is normal, whether a table must state it, and its meaning.
QUANTITIES: Mapping[str, tuple[Scale, bool, str]] = {
    "floor": ("logit", True, "floor of a loss over the least training loss"),
    "slope": ("log", True, "loss that a term removes per e-fold at the centre of the data, over the least loss"),
    "exponent": ("log", True, "exponent of a term"),
    "exponent_n_params": ("log", False, "exponent of a loss in model size"),
    "exponent_n_tokens": ("log", False, "exponent of a loss in tokens"),
    "slope_n_params": ("log", False, "slope of a loss in model size"),
    "slope_n_tokens": ("log", False, "slope of a loss in tokens"),
    "q": ("log", True, "how terms join: at 1 they add, towards 0 the larger term dominates"),
    "level": ("log", True, "without a floor: loss at the centre of the data over the least loss"),
    "share": ("logit", True, "without a floor: share of one term among several at the centre"),
    "error_floor": ("logit", True, "floor of an error or score over the least training value"),
    "error_level": ("log", True, "without a floor: error at the centre of the data over the least error"),
    "spread_floor": ("log", True, "spread over families of the logit of the floor's share"),
    "spread_slope": ("log", True, "spread over families of log slopes"),
    "spread_exponent": ("log", True, "spread over families of log exponents"),
    "spread_q": ("log", True, "spread over families of log q"),
    "spread_shape": ("log", True, "spread over families of another parameter, over the spread of its prior"),
    "noise_floor": ("log", True, "noise of log loss that no scale removes"),
    "noise_slope": ("log", True, "noise of log loss that grows with the reducible loss, at the centre of the data"),
    "noise_growth": ("log", True, "power of the reducible loss with which that noise grows"),
    "noise_df": ("log", True, "degrees of freedom of the noise beyond two"),
    "noise_run": ("log", True, "effect on log loss that the measurements of a run share"),
    "noise_length": ("log", True, "length of correlation along a run, in e-folds of its inputs"),
    "discrepancy_scale": ("log", True, "standard deviation of what the law does not describe, of log loss"),
}
#: Quantities of single inputs, by that of all inputs.
GENERAL: Mapping[str, tuple[str, ...]] = {
    "exponent": ("exponent_n_params", "exponent_n_tokens"),
    "slope": ("slope_n_params", "slope_n_tokens"),
}
KINDS = {"log": "median", "logit": "logit", "identity": "mean"}


@checked
@dataclass(frozen=True, repr=False)
class PriorTable(Shown):
    """Priors of every quantity of the model, and the tables of runs that each was learned from.

    Parameters
    ----------
    name : str
        Name of the table, which reports show.
    priors : mapping of str to Prior
        Prior by quantity; the quantities and their scales are those of `QUANTITIES`.
    sources : mapping of str to tuple of str, optional
        Names of the tables of runs that a prior was learned from, by quantity. A quantity without sources has a stated
        prior.

    Raises
    ------
    InputError
        For a quantity that is unknown or missing, or a prior on another scale. The error lists every problem.
    """

    name: str
    priors: Mapping[str, Prior]
    sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        problems = [
            f"{name!r} is no quantity.{closest(name, QUANTITIES)}" for name in self.priors if name not in QUANTITIES
        ]
        problems += [
            f"{name}: needs a prior on the {QUANTITIES[name][0]} scale ({KINDS[QUANTITIES[name][0]]}), not on the "
            f"{prior.scale} scale"
            for name, prior in self.priors.items()
            if name in QUANTITIES and prior.scale != QUANTITIES[name][0]
        ]
        problems += [f"{name} is missing" for name, entry in QUANTITIES.items() if entry[1] and name not in self.priors]
        problems += [f"sources.{name}: the table has no such prior" for name in self.sources if name not in self.priors]
        if not self.name.strip():
            problems.append("name is empty: reports name the priors by it")
        if problems:
            raise InputError(f"table of priors {self.name!r}: {count(len(problems), 'problem')}", problems)

    def __getitem__(self, quantity: str) -> Prior:
        """Return the prior of a quantity.

        Parameters
        ----------
        quantity : str
            A quantity of the table.

        Returns
        -------
        Prior
            Its prior.

        Raises
        ------
        InputError
            If the table has no such quantity.
        """
        if quantity not in self.priors:
            raise InputError(f"{quantity!r} is no quantity of the priors.{closest(quantity, self.priors)}")
        return self.priors[quantity]

    @checked
    def with_priors(self, priors: Mapping[str, Prior], name: str = "") -> "PriorTable":
        """Return the table with other priors of some quantities.

        A prior of all exponents or slopes replaces those of single inputs too, unless they are given besides.

        Parameters
        ----------
        priors : mapping of str to Prior
            Prior by quantity, made by `lognormal` or `logitnormal`.
        name : str, default ""
            Name of the new table; by default that of this one with "changed".

        Returns
        -------
        PriorTable
            The changed table; what is replaced has no sources.

        Raises
        ------
        InputError
            For an unknown quantity, or a prior on another scale.
        """
        single = [quantity for general in GENERAL if general in priors for quantity in GENERAL[general]]
        kept_priors = {quantity: prior for quantity, prior in self.priors.items() if quantity not in single}
        sources = {
            quantity: tables
            for quantity, tables in self.sources.items()
            if quantity in kept_priors and quantity not in priors
        }
        return PriorTable(name or f"{self.name}, changed", {**kept_priors, **priors}, sources)

    def first(self, quantities: Sequence[str]) -> Prior:
        """Return the prior of the first of several quantities that the table has.

        Parameters
        ----------
        quantities : sequence of str
            Quantities, the most specific first and one that every table has last.

        Returns
        -------
        Prior
            Its prior.

        Raises
        ------
        InputError
            If the table has none of them.
        """
        known = [quantity for quantity in quantities if quantity in self.priors]
        if not known:
            raise InputError(f"quantities={list(quantities)!r}: the table of priors has none of these")
        return self.priors[known[0]]

    @property
    def learned_from(self) -> tuple[str, ...]:
        """Names of all tables of runs that some prior was learned from, sorted."""
        return tuple(sorted({name for names in self.sources.values() for name in names}))

    @property
    def description(self) -> str:
        """Name of the table, and what it was learned from, in one line."""
        names = self.learned_from
        if not names:
            return f"{self.name} (not learned from runs)"
        listed = ", ".join(names) if len(names) <= MOST_NAMES else f"{', '.join(names[:MOST_NAMES])}, …"
        return f"{self.name}, learned from {count(len(names), 'table')} of runs: {listed}"

    @property
    def table(self) -> "pd.DataFrame":
        """One row per quantity: median and 90 % interval, the number of `tables` of runs behind it, its meaning."""
        import pandas as pd

        rows = [
            (
                name,
                *(prior.quantile(p) for p in (0.5, 0.05, 0.95)),
                len(self.sources.get(name, ())),
                QUANTITIES[name][2],
            )
            for name, prior in self.priors.items()
        ]
        return pd.DataFrame(rows, columns=["quantity", "median", "lower", "upper", "tables", "meaning"])

    @checked
    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the table to a TOML file, which `read_priors`, specs and the command line read.

        Parameters
        ----------
        path : str or path
            The file; it ends in .toml.

        Raises
        ------
        InputError
            If the file cannot be written.
        """
        if problem := unwritable(path, (".toml",)):
            raise InputError(problem)
        Path(path).write_text(self.to_toml(), encoding="utf-8")

    def to_toml(self) -> str:
        """Write the table as TOML.

        Returns
        -------
        str
            What `read_priors` reads.
        """
        lines = [f"name = {json.dumps(self.name)}", "", "[priors]"]
        for name, prior in self.priors.items():
            kind = KINDS[prior.scale]
            centre = float(f"{prior.quantile(0.5):.15g}") if kind == "median" else prior.location
            lines.append(f"{name} = {{ {kind} = {centre!r}, spread = {float(prior.spread)!r} }}")
        if self.sources:
            lines += ["", "[sources]"]
            lines += [f"{name} = {json.dumps(list(tables))}" for name, tables in self.sources.items()]
        return "\n".join(lines) + "\n"

    def to_document(self) -> dict[str, Any]:
        """Write the table as JSON values, which a stored posterior contains.

        Returns
        -------
        dict
            What `table_from_document` reads.
        """
        return {
            "name": self.name,
            "priors": {name: asdict(prior) for name, prior in self.priors.items()},
            "sources": {name: list(tables) for name, tables in self.sources.items()},
        }

    @property
    def _page(self) -> Page:
        import pandas as pd

        rows = [(name, str(prior), len(self.sources.get(name, ())) or "stated") for name, prior in self.priors.items()]
        columns = ["quantity", "median [90 %]", "tables of runs"]
        return Page(f"Priors {self.description}", pd.DataFrame(rows, columns=columns))
