"""A posterior and what one asks of it: `Fit`. `fit_spec` samples one, `load` reads one back."""

import html
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import pandas as pd
import xarray as xr

from bayescale.data.runs import Runs
from bayescale.errors import ChecksFailed, InputError, LawError
from bayescale.forecast.members import is_stack, members_of
from bayescale.forecast.predict import require_prob, summarise
from bayescale.inference.check import Checks, check
from bayescale.inference.convergence import gate_of
from bayescale.inference.design import Design, Noise, Pooling, Spec, make_design
from bayescale.inference.posterior import from_tree, to_tree
from bayescale.laws import law as find_law
from bayescale.laws.law import Law
from bayescale.laws.priors import Prior
from bayescale.risk.fitted import Risk
from bayescale.risk.posterior import KIND, problems_of
from bayescale.store import netcdf
from bayescale.tree import fact, has

if TYPE_CHECKING:
    from bayescale.forecast.allocate import Allocation
    from bayescale.forecast.predict import Forecast
    from bayescale.forecast.trend import Trend
    from bayescale.inference.sample import Sampler


@dataclass(frozen=True, eq=False)
class Fit:
    """A posterior and what can be asked of it. Everything is computed from `tree`, so a loaded fit answers the same.

    A fit of several laws is a stack: its tree holds each law's posterior under `/members/<law>`, and every forecast
    mixes their draws by `weights`.
    """

    tree: xr.DataTree

    @property
    def law(self) -> Law:
        """The law that was fitted, with the priors used. Raises InputError for a stack, which has several: `laws`."""
        if len(self.laws) > 1:
            raise InputError(f"this fit is a stack of {', '.join(self.laws)}: ask for .laws, or one of .members")
        return next(iter(self.laws.values()))

    @property
    def laws(self) -> dict[str, Law]:
        """Every law that was fitted, by name."""
        return {name: from_tree(member).spec.law for name, member in members_of(self.tree).items()}

    @property
    def members(self) -> dict[str, "Fit"]:
        """A fit of one law each, by the law's name; a fit of one law is its own only member."""
        return {name: Fit(member) for name, member in members_of(self.tree).items()}

    @property
    def weights(self) -> pd.DataFrame:
        """One row per law: its weight in forecasts, and of a stack the weight's interval and log score per run."""
        if not is_stack(self.tree):
            return pd.DataFrame([{"law": name, "weight": 1.0} for name in self.laws])
        return pd.DataFrame(self.tree["stack"].to_dataset().to_dataframe().reset_index())

    @property
    def inputs(self) -> tuple[str, ...]:
        """Inputs of every law, each once."""
        return tuple(dict.fromkeys(name for law in self.laws.values() for name in law.inputs))

    @property
    def response(self) -> str:
        """Name of what is forecast, such as "loss"."""
        return next(iter(self.laws.values())).response

    @property
    def families(self) -> tuple[str, ...]:
        """Names of the families in the training data."""
        return self._first.families

    @property
    def notes(self) -> tuple[str, ...]:
        """What was odd about the data, or cannot be learnt from them."""
        own = tuple(fact(self.tree, "notes"))
        return tuple(dict.fromkeys([*own, *(x for one in members_of(self.tree).values() for x in fact(one, "notes"))]))

    @property
    def _first(self) -> Design:
        return from_tree(next(iter(members_of(self.tree).values())))

    def check(self, targets: object = None) -> Checks:
        """Findings about the posterior, of a stack about every member's; see `Checks`. `targets` are what `forecast`
        takes."""
        found = {name: check(member, targets) for name, member in members_of(self.tree).items()}
        return _joined(found) if is_stack(self.tree) else next(iter(found.values()))

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
        """Median and equal-tailed interval of every natural parameter, per family, and of noise and discrepancy.

        Of a stack, every law's, with a first column `law`.
        """
        require_prob(prob)
        if is_stack(self.tree):
            own = [member.summary(prob).assign(law=name) for name, member in self.members.items()]
            return pd.concat(own, ignore_index=True)[["law", *own[0].columns.drop("law")]]
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
        design = self._first
        sizes = next(iter(members_of(self.tree).values()))["posterior"].sizes
        families = f"{len(design.families)} famil{'y' if len(design.families) == 1 else 'ies'}"
        laws = f"law={design.spec.law.name!r}"
        if is_stack(self.tree):
            laws = "laws=" + " + ".join(f"{row.weight:.2f} {row.law}" for row in self.weights.itertuples())
        return f"Fit({laws}, {len(design.runs)} runs, {families}, {sizes['chain']} chains of {sizes['draw']} draws)"


@dataclass(frozen=True, eq=False)
class Chain:
    """Two fits, the first one's response being an input of the second: loss and then task error, say."""

    first: Fit
    second: Fit

    def forecast(self, targets: object, prob: float = 0.9) -> "Forecast":
        """Forecast the second's response at the first's targets, every draw passed on; see `forecast.chain`."""
        from bayescale.forecast.chain import chain

        return chain(self.first.tree, self.second.tree, targets, prob)


def make_spec(
    law: object,
    family: str | None,
    discrepancy: bool,
    noise: Noise,
    pooling: Mapping[str, Pooling] | None,
    priors: Mapping[str, Prior] | None = None,
) -> Spec:
    """One law and how it is modelled, from what people write. Raises InputError or LawError for what cannot be."""
    if not isinstance(discrepancy, bool):
        raise InputError(f"discrepancy={discrepancy!r} must be True or False")
    return Spec(_law(law, priors), family, discrepancy, noise, dict(pooling or {}))


def fit_spec(table: Runs, spec: Spec, sampler: "Sampler", seed: int, progress: bool) -> Fit:
    """Sample the posterior of one law, checked by the gate.

    Raises InputError or LawError, before sampling, for what cannot be fitted; ChecksFailed, carrying the posterior as
    `fit`, where it did not converge after every escalation.
    """
    from bayescale.inference.sample import draw

    design = make_design(table, spec)
    draws = draw(design, sampler, seed, progress)
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
        for member in members_of(tree).values():
            from_tree(member)


def _joined(found: Mapping[str, Checks]) -> Checks:
    """The findings about several laws' posteriors as one, each under its law's name."""
    tables = [one.table.assign(check=law + ": " + one.table["check"]) for law, one in found.items()]
    details = {f"{law}/{name}": table for law, one in found.items() for name, table in one.details.items()}
    return Checks(pd.concat(tables, ignore_index=True), MappingProxyType(details))


def _law(law: object, priors: Mapping[str, Prior] | None) -> Law:
    if not isinstance(law, str | Law):
        raise LawError(f"law={law!r} is neither a name of the catalogue nor a Law")
    found = find_law(law) if isinstance(law, str) else law
    wrong = [f"{name}: {prior!r}" for name, prior in (priors or {}).items() if not isinstance(prior, Prior)]
    if wrong:
        raise InputError("priors must be made by bayescale.lognormal, logitnormal or normal:", wrong)
    return replace(found, priors={**found.priors, **(priors or {})})


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
