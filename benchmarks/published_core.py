"""The comparison of a published coefficient with a posterior, used by `benchmarks.published` and its parts."""

import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import bayescale as bs
from benchmarks.shared import SHARED

type Array = NDArray[np.float64]
type Row = dict[str, object]

COLUMNS = (
    "set", "data", "law", "rows", "kind", "quantity", "published", "pub_lower", "pub_upper", "source",
    "ours", "lower", "upper", "agrees", "gate", "seconds", "rhat", "divergences", "why",
)  # fmt: skip
PROB = 0.9
WITHIN_90 = 1.6449  # standard errors


@dataclass(frozen=True)
class Printed:
    """A published number, with its 90 % interval where there is one."""

    value: float
    lower: float = math.nan
    upper: float = math.nan


def with_error(value: float, error: float) -> Printed:
    """A published estimate with its standard error."""
    return Printed(value, value - WITHIN_90 * error, value + WITHIN_90 * error)


@dataclass(frozen=True)
class Case:
    """One law on one data set, with what was published of it.

    derived  further quantities from draws of the parameters, each (draw,).
    why      by quantity, why ours differs; "" holds for every quantity without its own. Shown where it differs.
    """

    set: str
    data: str
    law: str | bs.Law
    table: pd.DataFrame
    source: str
    printed: Mapping[str, float | Printed] = field(default_factory=dict)
    why: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    derived: Callable[[Mapping[str, Array]], Mapping[str, Array]] | None = None


@dataclass(frozen=True)
class Sampled:
    """A fit and its diagnostics, which every table row of this fit shows."""

    case: Case
    fit: bs.Fit
    seconds: float
    passed: bool
    rhat: float
    divergences: int
    failures: tuple[str, ...]

    def row(self, kind: str, quantity: str, **more: object) -> Row:
        law = self.case.law if isinstance(self.case.law, str) else self.case.law.name
        failed = "gate: " + "; ".join(self.failures) if self.failures else ""
        why = "; ".join(filter(None, (failed, str(more.pop("why", "")))))
        return {
            "set": self.case.set,
            "data": self.case.data,
            "law": law,
            "rows": len(self.case.table),
            "kind": kind,
            "quantity": quantity,
            "source": self.case.source,
            "gate": "passed" if self.passed else "FAILED",
            "seconds": round(self.seconds, 1),
            "rhat": self.rhat,
            "divergences": self.divergences,
            "why": why,
            **more,
        }

    def draws(self) -> dict[str, Array]:
        """Natural parameters of the first family, each (draw,)."""
        posterior = self.fit.tree["posterior"]
        found = {}
        for name in self.fit.law.parameter_names:
            values = posterior[name].to_numpy()
            found[name] = values.reshape(values.shape[0] * values.shape[1], -1)[:, 0]
        return found

    def coefficients(self) -> Iterator[Row]:
        """Every parameter and every derived quantity, with its published value."""
        draws = self.draws()
        derived = dict(self.case.derived(draws)) if self.case.derived else {}
        for name, values in {**draws, **derived}.items():
            lower, median, upper = map(float, np.quantile(values, [(1 - PROB) / 2, 0.5, (1 + PROB) / 2]))
            said = self._against(name, lower, upper)
            yield self.row("coefficient", name, ours=median, lower=lower, upper=upper, **said)

    def _against(self, name: str, lower: float, upper: float) -> Row:
        """What was published of a quantity, whether it meets the interval, and if not, why."""
        why = self.case.why
        if name not in self.case.printed:
            return {"agrees": "", "why": why.get(name, "no published value" if self.case.printed else "")}
        given = self.case.printed[name]
        given = given if isinstance(given, Printed) else Printed(given)
        held = lower <= given.value <= upper
        agrees = "yes" if held else "overlap" if given.lower <= upper and lower <= given.upper else "no"
        return {
            "published": given.value,
            "pub_lower": given.lower,
            "pub_upper": given.upper,
            "agrees": agrees,
            "why": "" if held else why.get(name, why.get("", "not explained" if agrees == "no" else "")),
        }

    def error(self, quantity: str, ours: float, published: float = math.nan, why: str = "") -> Row:
        """An error of prediction; it agrees where it is no larger than what was published."""
        agrees = "" if math.isnan(published) else "yes" if ours <= published else "no"
        return self.row("error", quantity, ours=ours, published=published, agrees=agrees, why=why)


def sample(case: Case) -> Sampled:
    """Fit as a user would who wants the authors' coefficients: their law alone, no discrepancy; one seed."""
    began = time.perf_counter()
    options: dict[str, Any] = {"discrepancy": False, "family": None, "random_seed": 1, "progress": False}
    try:
        fit = bs.fit(case.table, law=case.law, **{**options, **case.options})
    except bs.ChecksFailed as failed:
        fit = failed.fit
    seconds = time.perf_counter() - began
    checks = fit.check()
    value = checks.table.set_index("check")["value"]
    return Sampled(case, fit, seconds, checks.passed, float(value["R-hat"]), int(value["divergences"]), checks.failures)


def coefficients(case: Case) -> Iterator[Row]:
    yield from sample(case).coefficients()


def relative_error(truth: Array, forecast: Array) -> float:
    """Mean of |forecast − truth| / truth, in per cent."""
    return float(100 * np.mean(np.abs(np.asarray(forecast) / np.asarray(truth) - 1)))


def inside(truth: Array, table: pd.DataFrame, what: str = "run") -> float:
    """Share of the truth inside the forecasts' 90 % intervals, in per cent."""
    held = (table[f"{what}_lower"].to_numpy() <= truth) & (truth <= table[f"{what}_upper"].to_numpy())
    return float(100 * held.mean())


def thinned(table: pd.DataFrame, most: int) -> pd.DataFrame:
    """At most `most` rows, evenly spread over the table as it is sorted, first and last among them."""
    keep = np.unique(np.linspace(0, len(table) - 1, min(most, len(table))).round().astype(int))
    return table.iloc[keep]


def read(path: str) -> pd.DataFrame:
    """One of the public tables in the folder of the public data."""
    full = SHARED / "data" / path
    return pd.read_parquet(full) if full.suffix == ".parquet" else pd.read_csv(full)
