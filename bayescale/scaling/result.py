"""A posterior and what one asks of it: `Fit`. `load` reads one back."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import pandas as pd
import xarray as xr

from bayescale.core import netcdf
from bayescale.core.arguments import checked
from bayescale.core.checks import Checks
from bayescale.core.display import Page
from bayescale.core.serialization import fact
from bayescale.core.summary import require_prob, summarise
from bayescale.errors import InputError, closest
from bayescale.scaling.checks.registry import check
from bayescale.scaling.evaluation.interval_inflation import Widening, grounds_of, with_widenings
from bayescale.scaling.model.design import Design
from bayescale.scaling.posterior import from_tree
from bayescale.scaling.predict.target_units import require_target_units
from bayescale.scaling.predict.targets import read_targets
from bayescale.scaling.stack import is_stack, members_of
from bayescale.scaling_laws.law import Law

if TYPE_CHECKING:
    from bayescale.scaling.decisions.allocation import Allocation
    from bayescale.scaling.decisions.compare import Comparison
    from bayescale.scaling.decisions.crossover import Crossover
    from bayescale.scaling.decisions.isoflop import IsoFlop
    from bayescale.scaling.decisions.next_run import Plan
    from bayescale.scaling.decisions.overtraining import Overtraining
    from bayescale.scaling.decisions.required_compute import Requirement
    from bayescale.scaling.decisions.trend import Trend
    from bayescale.scaling.predict.forecast import Forecast


@checked
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
        own = (*grounds_of(self.tree), *fact(self.tree, "notes"))
        return tuple(dict.fromkeys([*own, *(x for one in members_of(self.tree).values() for x in fact(one, "notes"))]))

    @property
    def _first(self) -> Design:
        return from_tree(next(iter(members_of(self.tree).values())))

    def check(self, targets: object = None) -> Checks:
        """Findings about the posterior, of a stack about every member's; see `Checks`. `targets` are what `forecast`
        takes."""
        if targets is not None:
            designs = [from_tree(member) for member in members_of(self.tree).values()]
            require_target_units(designs, read_targets(designs[0], targets).table)
        found = {name: check(member, targets) for name, member in members_of(self.tree).items()}
        return _joined(found) if is_stack(self.tree) else next(iter(found.values()))

    def forecast(self, targets: object, prob: float = 0.9) -> "Forecast":
        """Forecast targets: mappings or a DataFrame with the law's inputs, and `family` (None: one never seen)."""
        from bayescale.scaling.predict.forecast import predict

        return predict(self.tree, targets, prob)

    def widened(self, widenings: Mapping[str, Widening]) -> "Fit":
        """This fit with forecasts beyond the data widened by law: `fit.widened(backtest(runs, law).widenings)`.

        What `forecast` says, what rests on it (`compare`, `then`) and what is scored of it are as wide as a backtest
        calls for. Parameters, and decisions found by search over the law (`allocate`, `required`, `crossover`,
        `isoflop`, `overtraining`, `plan`, `trend`), stay as sampled. Widenings it had are replaced; an empty mapping
        takes them off. Raises InputError for laws that this fit has not.
        """
        unknown = [name for name in widenings if name not in self.laws]
        if unknown:
            raise InputError(f"widenings: this fit has no law {unknown[0]!r}.{closest(unknown[0], self.laws)}")
        return Fit(with_widenings(self.tree, widenings))

    def then(self, link: "Fit") -> "Chain":
        """This fit's response as an input of another: `fit.then(error_fit).forecast(targets)`. Draws pass through."""
        return Chain(self, link)

    def trend(self, column: str, low: float, high: float, at: Mapping[str, object] | None = None) -> "Trend":
        """Probability that the response reverses or levels off while an input goes from `low` to `high`."""
        from bayescale.scaling.decisions.trend import trend

        return trend(self.tree, column, low, high, at)

    def compare(self, a: object, b: object, prob: float = 0.9) -> "Comparison":
        """Probability that targets `a` come out lower than targets `b`, pair by pair, and by how much."""
        from bayescale.scaling.decisions.compare import compare

        return compare(self.tree, a, b, prob)

    def crossover(
        self,
        family_a: str | None,
        family_b: str | None,
        along: str = "flops",
        *,
        low: float,
        high: float,
        prob: float = 0.9,
        tokens_per_param: float | None = 20.0,
        at: Mapping[str, float] | None = None,
    ) -> "Crossover":
        """The scale between `low` and `high` at which two families change places; see `forecast.crossover`.

        Along training compute both families have `tokens_per_param`, or with None their own compute-optimal sizes.
        """
        from bayescale.scaling.decisions.crossover import crossover

        return crossover(
            self.tree,
            family_a,
            family_b,
            along,
            low=low,
            high=high,
            prob=prob,
            tokens_per_param=tokens_per_param,
            at=at,
        )

    def allocate(
        self,
        flops: float | Sequence[float],
        prob: float = 0.9,
        family: str | None = None,
        *,
        tokens_served: float = 0.0,
        at: Mapping[str, float] | None = None,
    ) -> "Allocation":
        """Compute-optimal size and data for budgets of compute: 6·N·D, and 2·N for every token served."""
        from bayescale.scaling.decisions.allocation import allocate

        return allocate(self.tree, flops, prob, family, tokens_served=tokens_served, at=at)

    def required(
        self,
        loss: float | Sequence[float],
        prob: float = 0.9,
        family: str | None = None,
        *,
        tokens_served: float = 0.0,
        tokens_per_param: float | None = None,
        at: Mapping[str, float] | None = None,
    ) -> "Requirement":
        """The least compute at which a family's average loss reaches targets; infinite where it never does."""
        from bayescale.scaling.decisions.required_compute import required

        return required(
            self.tree, loss, prob, family, tokens_served=tokens_served, tokens_per_param=tokens_per_param, at=at
        )

    def isoflop(
        self,
        flops: float | Sequence[float],
        prob: float = 0.9,
        family: str | None = None,
        *,
        span: float = 32.0,
        at: Mapping[str, float] | None = None,
    ) -> "IsoFlop":
        """Loss along model size at budgets of training compute, and the interval of each optimum."""
        from bayescale.scaling.decisions.isoflop import isoflop

        return isoflop(self.tree, flops, prob, family, span=span, at=at)

    def overtraining(
        self,
        *,
        n_params: float | Sequence[float] | None = None,
        n_tokens: float | Sequence[float] | None = None,
        flops: float | Sequence[float] | None = None,
        tokens_per_param: float | Sequence[float] | None = None,
        family: str | None = None,
        prob: float = 0.9,
        at: Mapping[str, float] | None = None,
    ) -> "Overtraining":
        """What runs cost that are not compute-optimal, in compute and in loss. Any two of the four say which runs."""
        from bayescale.scaling.decisions.overtraining import overtraining

        return overtraining(
            self.tree,
            n_params=n_params,
            n_tokens=n_tokens,
            flops=flops,
            tokens_per_param=tokens_per_param,
            family=family,
            prob=prob,
            at=at,
        )

    def plan(
        self, candidates: object, targets: object, prob: float = 0.9, *, cost: str = "flops", repeats: int = 1
    ) -> "Plan":
        """Which next run would narrow the targets' intervals most, and most for its cost; see `forecast.next_run`."""
        from bayescale.scaling.decisions.next_run import plan

        return plan(self.tree, candidates, targets, prob, cost, repeats)

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
        latex = "" if is_stack(self.tree) else self.law.latex
        common, table = _by_family(self.summary())
        return Page(repr(self), table, (*common, *self.notes), latex).html

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
        from bayescale.scaling.predict.linked import chain

        return chain(self.first.tree, self.second.tree, targets, prob)


def _joined(found: Mapping[str, Checks]) -> Checks:
    """The findings about several laws' posteriors as one, each under its law's name."""
    tables = [one.table.assign(check=law + ": " + one.table["check"]) for law, one in found.items()]
    details = {f"{law}/{name}": table for law, one in found.items() for name, table in one.details.items()}
    return Checks(pd.concat(tables, ignore_index=True), MappingProxyType(details))


def _by_family(summary: pd.DataFrame) -> tuple[tuple[str, ...], pd.DataFrame]:
    """A summary for the eye: what all families have in common as sentences, a row per family, medians and intervals."""
    cells = [f"{row.median:.3g} [{row.lower:.3g}, {row.upper:.3g}]" for row in summary.itertuples()]
    said, is_common = summary.assign(cell=cells), summary["family"].isna()
    index = [name for name in ("law", "family") if name in summary]
    rows = said[~is_common].pivot_table("cell", index, "parameter", aggfunc="first", sort=False)
    common = said[is_common]
    of = common["law"] + ": " if "law" in common else ""
    sentences = of + common["parameter"] + " " + common["cell"]
    return tuple(sentences), rows.reset_index().rename_axis(columns=None).fillna("")
