"""The front door: `fit` runs to a checked posterior, `Fit` is what one asks of it, `load` reads one back."""

import html
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd
import xarray as xr

from bayescale.data.runs import Runs, read_runs
from bayescale.errors import ChecksFailed, InputError, LawError
from bayescale.inference.check import Checks, check
from bayescale.inference.convergence import gate_of
from bayescale.inference.design import Noise, Pooling, Spec, make_design
from bayescale.inference.posterior import from_tree, to_tree
from bayescale.laws import law as find_law
from bayescale.laws.law import Law
from bayescale.laws.priors import Prior
from bayescale.risk.fitted import Risk
from bayescale.risk.posterior import KIND, problems_of
from bayescale.seeds import read_seed
from bayescale.store import netcdf
from bayescale.tree import fact, has

if TYPE_CHECKING:
    from bayescale.forecast.allocate import Allocation
    from bayescale.forecast.predict import Forecast
    from bayescale.forecast.trend import Trend
    from bayescale.inference.sample import Sampler


@dataclass(frozen=True, eq=False)
class Fit:
    """A posterior and what can be asked of it. Everything is computed from `tree`, so a loaded fit answers the same."""

    tree: xr.DataTree

    @property
    def law(self) -> Law:
        """The law that was fitted, with the priors used."""
        return from_tree(self.tree).spec.law

    @property
    def families(self) -> tuple[str, ...]:
        """Names of the families in the training data."""
        return from_tree(self.tree).families

    @property
    def notes(self) -> tuple[str, ...]:
        """What was odd about the data, or cannot be learnt from them."""
        return tuple(fact(self.tree, "notes"))

    def check(self, targets: object = None) -> Checks:
        """Findings about the posterior; see `Checks`. `targets` are what `forecast` takes."""
        return check(self.tree, targets)

    def forecast(self, targets: object, prob: float = 0.9) -> "Forecast":
        """Forecast targets: mappings or a DataFrame with the law's inputs, and `family` (None: one never seen)."""
        from bayescale.forecast.predict import predict

        return predict(self.tree, targets, prob)

    def then(self, link: "Fit") -> "Chain":
        """This fit's response as an input of another: `fit.then(error_fit).forecast(targets)`. Draws pass through."""
        return Chain(self, link)

    def trend(self, column: str, low: float, high: float, at: Mapping[str, object] | None = None) -> "Trend":
        """Probability that the response reverses or levels off while an input goes from `low` to `high`."""
        from bayescale.forecast.trend import trend

        return trend(self.tree, column, low, high, at)

    def allocate(self, flops: float | Sequence[float], prob: float = 0.9, family: str | None = None) -> "Allocation":
        """Compute-optimal size and data for budgets of training compute, at C = 6·N·D."""
        from bayescale.forecast.allocate import allocate

        return allocate(self.tree, flops, prob, family)

    def summary(self, prob: float = 0.9) -> pd.DataFrame:
        """Median and equal-tailed interval of every natural parameter, per family, and of noise and discrepancy."""
        from bayescale.forecast.predict import require_prob, summarise

        require_prob(prob)
        design, posterior = from_tree(self.tree), self.tree["posterior"]
        extra = ("discrepancy_scale",) if design.basis is not None else ()
        rows = []
        for name in (*design.spec.law.parameter_names, *design.layout.noise_names, *extra):
            values = posterior[name].to_numpy()
            table = pd.DataFrame(summarise(values.reshape(*values.shape[:2], -1), prob, "x"))
            families = design.families if values.ndim == 3 else (None,)
            rows.append(table.assign(parameter=name, family=pd.Series(families, dtype=object)))
        columns = {"x_median": "median", "x_lower": "lower", "x_upper": "upper"}
        return pd.concat(rows, ignore_index=True).rename(columns=columns)[["parameter", "family", *columns.values()]]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the posterior to one netCDF file, whole or not at all.

        Raises StoredPosteriorError where it cannot be written.
        """
        netcdf.write(self.tree, path)

    def _repr_html_(self) -> str:
        head = f"<p>{html.escape(repr(self))}</p>"
        notes = "".join(f"<li>{html.escape(note)}</li>" for note in self.notes)
        table = self.summary().to_html(index=False, float_format="{:.4g}".format, na_rep="")
        return f"{head}{table}<ul>{notes}</ul>"

    def __repr__(self) -> str:
        design = from_tree(self.tree)
        sizes = self.tree["posterior"].sizes
        families = f"{len(design.families)} famil{'y' if len(design.families) == 1 else 'ies'}"
        return (
            f"Fit(law={design.spec.law.name!r}, {len(design.runs)} runs, {families}, "
            f"{sizes['chain']} chains of {sizes['draw']} draws)"
        )


@dataclass(frozen=True, eq=False)
class Chain:
    """Two fits, the first one's response being an input of the second: loss and then task error, say."""

    first: Fit
    second: Fit

    def forecast(self, targets: object, prob: float = 0.9) -> "Forecast":
        """Forecast the second's response at the first's targets, every draw passed on; see `forecast.chain`."""
        from bayescale.forecast.chain import chain

        return chain(self.first.tree, self.second.tree, targets, prob)


def fit(
    runs: object,
    law: str | Law = "joint",
    *,
    family: str | None = "family",
    discrepancy: bool = True,
    noise: Noise = "growing",
    pooling: Mapping[str, Pooling] | None = None,
    priors: Mapping[str, Prior] | None = None,
    sampler: "Sampler | None" = None,
    random_seed: int | None = None,
    progress: bool | None = None,
) -> Fit:
    """Fit a scaling law to runs and return the posterior, checked.

    runs         a `Runs`, or what `read_runs` takes: a path, a DataFrame, "example:pile"; the response is the law's.
    law          name or id in the catalogue, or a Law.
    family       column that names families of runs; None takes all runs as one.
    discrepancy  whether the law may be wrong, by a smooth function that the data shape.
    noise        "growing" with the reducible loss, or "constant".
    pooling      how a parameter varies over families: "shared", "partial" or "free", by parameter.
    priors       in place of a parameter's own, by parameter.
    random_seed  a whole number; None takes a fresh one. It is recorded, and repeats the draws on the same machine.
    progress     whether to show a bar on standard error; None shows one where that is a terminal.

    Raises InputError or LawError, before sampling, for what cannot be fitted; ChecksFailed, carrying the posterior as
    `fit`, where it did not converge after every escalation.
    """
    from bayescale.inference.sample import Sampler, draw

    spec = Spec(_law(law, priors), family, _truth(discrepancy), noise, dict(pooling or {}))
    seed = read_seed(random_seed)
    table = runs if isinstance(runs, Runs) else read_runs(runs, response=spec.law.response)
    design = make_design(table, spec)
    sampler = sampler or Sampler()
    draws = draw(design, sampler, seed, _watched() if progress is None else progress)
    tree = to_tree(design, draws, sampler, seed, source=table.source, digest=table.digest)
    fitted = Fit(tree)
    failed = [one.check + " " + one.meaning for one in gate_of(tree)[0] if one.passed is False]
    if failed:
        raise ChecksFailed(_refusal(spec, failed, draws.attempt), fitted)
    return fitted


def load(path: str | os.PathLike[str]) -> Fit | Risk:
    """Read a posterior that `Fit.save` or `Risk.save` wrote.

    Raises StoredPosteriorError naming the file and the reason.
    """
    tree = netcdf.read(path, _require_whole)
    return Risk(tree) if _of_risk(tree) else Fit(tree)


def _of_risk(tree: xr.DataTree) -> bool:
    return has(tree, "kind") and fact(tree, "kind") == KIND


def _require_whole(tree: xr.DataTree) -> None:
    """Raise StoredPosteriorError unless everything is there that answers rest on."""
    if _of_risk(tree):
        problems_of(tree)
    else:
        from_tree(tree)


def _law(law: object, priors: Mapping[str, Prior] | None) -> Law:
    if isinstance(law, Sequence) and not isinstance(law, str):
        raise LawError(
            "fit takes one law: stacking several by their forecasts arrives with the backtest; name one of them"
        )
    if not isinstance(law, str | Law):
        raise LawError(f"law={law!r} is neither a name of the catalogue nor a Law")
    found = find_law(law) if isinstance(law, str) else law
    wrong = [f"{name}: {prior!r}" for name, prior in (priors or {}).items() if not isinstance(prior, Prior)]
    if wrong:
        raise InputError("priors must be made by bayescale.lognormal, logitnormal or normal:", wrong)
    return replace(found, priors={**found.priors, **(priors or {})})


def _truth(discrepancy: Any) -> bool:
    if not isinstance(discrepancy, bool):
        raise InputError(f"discrepancy={discrepancy!r} must be True or False")
    return discrepancy


def _watched() -> bool:
    """Whether someone can see a progress bar: standard error is a terminal, or this is a notebook."""
    return "ipykernel" in sys.modules or (sys.stderr is not None and sys.stderr.isatty())


def _refusal(spec: Spec, failed: list[str], attempt: str) -> str:
    tries = [
        "more draws and tuning: sampler=Sampler(draws=2000, tune=2000)",
        "firmer priors for parameters the data say little about: priors={...}",
    ]
    if spec.discrepancy:
        tries.append("discrepancy=False, at the price of intervals that are too narrow far away")
    if spec.law.expression.aggregate and spec.law.expression.aggregate.q:
        tries.append("a law with fewer parameters, such as law='chinchilla'")
    lines = [f"the posterior of law {spec.law.name!r} did not converge (last attempt: {attempt}):"]
    lines += [f"  - {one}" for one in failed] + ["What to try:"] + [f"  - {one}" for one in tries]
    return "\n".join([*lines, "The posterior is kept in this error's `fit`, for inspection only."])
