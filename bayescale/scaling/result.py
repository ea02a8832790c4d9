"""The result of a fit: posteriors with forecasts, decisions and checks as methods."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from bayescale.core import netcdf
from bayescale.core.arguments import checked
from bayescale.core.display import Page
from bayescale.core.serialization import require_sampled
from bayescale.core.summary import require_prob, summarise
from bayescale.errors import InputError, closest
from bayescale.scaling.checks.registry import check
from bayescale.scaling.decisions.allocation import allocate
from bayescale.scaling.decisions.compare import compare
from bayescale.scaling.decisions.crossover import crossover
from bayescale.scaling.decisions.families.comparison import compare_families
from bayescale.scaling.decisions.isoflop import isoflop
from bayescale.scaling.decisions.mixtures.choice import mixture
from bayescale.scaling.decisions.multiplier import multiplier
from bayescale.scaling.decisions.next_run import plan
from bayescale.scaling.decisions.overtraining import overtraining
from bayescale.scaling.decisions.required_compute import required
from bayescale.scaling.decisions.trend import trend
from bayescale.scaling.evaluation.interval_inflation import Widening, with_widenings
from bayescale.scaling.model.centring import default_centring
from bayescale.scaling.posterior import FittedLaws, Posterior
from bayescale.scaling.predict.forecast import forecast
from bayescale.scaling.predict.linked import Chain
from bayescale.scaling.predict.response_mean import forecast_mean


@checked
@dataclass(frozen=True, eq=False)
class Fit(FittedLaws):
    """The posterior of a law, or of several stacked laws.

    Everything is computed from `tree`, so a fit that was loaded from a file gives the same results. The tree is read
    at the first use and must not change afterwards; to change one, copy it and construct a new `Fit`.

    Parameters
    ----------
    tree : DataTree
        The posterior. A fit of several laws is a stack: its tree holds each law's posterior under `/members/<law>`, and
        forecasts mix their draws by `weights`.

    Raises
    ------
    StoredPosteriorError
        If the tree holds the approximate draws of a preview.
    """

    def __post_init__(self) -> None:
        require_sampled(self.tree)

    check = check
    forecast = forecast
    forecast_mean = forecast_mean
    compare = compare
    compare_families = compare_families
    crossover = crossover
    trend = trend
    allocate = allocate
    required = required
    isoflop = isoflop
    overtraining = overtraining
    multiplier = multiplier
    mixture = mixture
    plan = plan

    @property
    def model(self) -> Any:
        """The PyMC model that states what was sampled: `fit.model.to_graphviz()`, `fit.model.compile_logp()`.

        Its variables are the coordinates of sampling, not natural parameters, and the likelihood is a potential.

        Raises
        ------
        InputError
            If this is a stack, which has a model for each law: see `members`.
        """
        if self.is_stack:
            raise InputError(f"this fit is a stack of {', '.join(self.laws)}: use the model of one of .members")
        from bayescale.scaling.model.pymc_model import build_model

        design = self.posterior.design
        return build_model(design, default_centring(design))

    def then(self, link: "Fit") -> Chain:
        """Use the response of this fit as an input of another: `fit.then(error_fit).forecast(targets)`.

        Parameters
        ----------
        link : Fit
            A fit of a law that takes this fit's response.

        Returns
        -------
        Chain
            Its `forecast` passes every draw on.
        """
        return Chain(self, link)

    def widened(self, widenings: Mapping[str, Widening]) -> "Fit":
        """Widen forecasts beyond the data: `fit.widened(backtest(runs, law).widenings)`.

        This applies to `forecast`, to what is computed from it (`compare`, `then`) and to scores. Parameters, and
        decisions found by search over the law (`allocate`, `required`, `compare_families`, `crossover`, `isoflop`,
        `multiplier`, `overtraining`, `plan`, `trend`), stay as sampled.

        Parameters
        ----------
        widenings : mapping of str to Widening
            The widening of each law, in place of those there were; an empty mapping removes them.

        Returns
        -------
        Fit
            The same draws with these widenings.

        Raises
        ------
        InputError
            If this fit does not have one of the laws.
        """
        unknown = [name for name in widenings if name not in self.laws]
        if unknown:
            raise InputError(f"widenings: this fit has no law {unknown[0]!r}.{closest(unknown[0], self.laws)}")
        return Fit(with_widenings(self.tree, next(iter(self.posteriors)), widenings))

    def summary(self, prob: float = 0.9) -> pd.DataFrame:
        """Summarise the draws of every natural parameter, per family, and of noise and discrepancy.

        Parameters
        ----------
        prob : float, default 0.9
            Probability of the equal-tailed intervals.

        Returns
        -------
        DataFrame
            One row per parameter and family: `parameter`, `family` (None for noise and discrepancy), `median`, `lower`
            and `upper`. Of a stack, the rows of every law, with a first column `law`.

        Raises
        ------
        InputError
            If `prob` does not lie between 0 and 1.
        """
        require_prob(prob)
        tables = {name: _parameters(posterior, prob) for name, posterior in self.posteriors.items()}
        if not self.is_stack:
            return next(iter(tables.values()))
        stacked = pd.concat([table.assign(law=name) for name, table in tables.items()], ignore_index=True)
        return stacked[["law", *stacked.columns.drop("law")]]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the posterior to one netCDF file, whole or not at all.

        Parameters
        ----------
        path : str or path-like
            The file.

        Raises
        ------
        StoredPosteriorError
            If the file cannot be written.
        """
        netcdf.write(self.tree, path)

    def _repr_html_(self) -> str:
        latex = "" if self.is_stack else self.law.latex
        common, table = _by_family(self.summary())
        return Page(repr(self), table, (*common, *self.notes), latex).html

    def __repr__(self) -> str:
        design, sizes = self.posterior.design, self.posterior.tree["posterior"].sizes
        families = f"{len(design.families)} famil{'y' if len(design.families) == 1 else 'ies'}"
        laws = f"law={design.spec.law.name!r}"
        if self.is_stack:
            laws = "laws=" + " + ".join(f"{row.weight:.2f} {row.law}" for row in self.weights.itertuples())
        return f"Fit({laws}, {len(design.runs)} runs, {families}, {sizes['chain']} chains of {sizes['draw']} draws)"


def _parameters(posterior: Posterior, prob: float) -> pd.DataFrame:
    """Median and interval of one law's parameters, noise and discrepancy."""
    design, variables = posterior.design, posterior.tree["posterior"]
    discrepancy = ("discrepancy_scale",) if design.basis is not None else ()
    rows = []
    for name in (*design.spec.law.parameter_names, *design.layout.noise_names, *discrepancy):
        values = variables[name].to_numpy()
        table = pd.DataFrame(summarise(values.reshape(*values.shape[:2], -1), prob, "x"))
        families = design.families if values.ndim == 3 else (None,)
        rows.append(table.assign(parameter=name, family=pd.Series(families, dtype=object)))
    columns = {"x_median": "median", "x_lower": "lower", "x_upper": "upper"}
    return pd.concat(rows, ignore_index=True).rename(columns=columns)[["parameter", "family", *columns.values()]]


def _by_family(summary: pd.DataFrame) -> tuple[tuple[str, ...], pd.DataFrame]:
    """Arrange a summary for display: sentences on what families have in common, a table with one row per family."""
    cells = [f"{row.median:.3g} [{row.lower:.3g}, {row.upper:.3g}]" for row in summary.itertuples()]
    with_cells, is_common = summary.assign(cell=cells), summary["family"].isna()
    index = [name for name in ("law", "family") if name in summary]
    rows = with_cells[~is_common].pivot_table("cell", index, "parameter", aggfunc="first", sort=False)
    common = with_cells[is_common]
    prefix = common["law"] + ": " if "law" in common else ""
    sentences = prefix + common["parameter"] + " " + common["cell"]
    return tuple(sentences), rows.reset_index().rename_axis(columns=None).fillna("")
