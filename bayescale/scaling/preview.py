"""A preview: the forecast of a fit that was not sampled, from the Laplace approximation in a second or two.

Nothing of it is a checked answer. Every row of its table carries `MARK`, and its draws cannot become a `Fit`: they are
neither checked, nor saved, nor published.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import xarray as xr

from bayescale.core.arguments import checked
from bayescale.core.display import Page, Shown
from bayescale.core.gate import MOST_PARETO_K
from bayescale.core.notes import Note
from bayescale.core.random import predictive_seed, read_seed
from bayescale.core.serialization import APPROXIMATION, MARK, frozen
from bayescale.core.summary import require_prob
from bayescale.data.runs import Runs
from bayescale.errors import InputError
from bayescale.scaling.checks.context import forecast_points
from bayescale.scaling.laplace_draws import LEAST_EFFECTIVE, LaplaceDraws, laplace_draws
from bayescale.scaling.model.design import Design
from bayescale.scaling.model.priors import inputs_at
from bayescale.scaling.model.spec import Pooling
from bayescale.scaling.posterior import FittedLaws
from bayescale.scaling.posterior_tree import SCHEMA, tree_of_draws
from bayescale.scaling.predict.forecast import Forecast, forecast
from bayescale.scaling.predict.target_units import require_target_units
from bayescale.scaling.predict.targets import UNNAMED, read_targets
from bayescale.scaling.rows.row_limit import MOST_ROWS
from bayescale.scaling.single_law import fitted_design, make_spec, runs_for
from bayescale.scaling_laws.law import Law, Noise
from bayescale.scaling_laws.prior import Prior
from bayescale.scaling_laws.priors.prior_table import PriorTable


@dataclass(frozen=True, eq=False, repr=False)
class Preview(Shown):
    """A forecast from the Laplace approximation of a posterior: approximate, not checked.

    Attributes
    ----------
    laws : FittedLaws
        The approximate draws. `Fit` and the store refuse them.
    forecast : Forecast
        The forecast from these draws; every row of its table is flagged.
    pareto_k : float
        Pareto k̂ of the importance ratios of the draws: below 0.7 the approximation is close to the posterior.
    effective_size : float
        Number of draws of the posterior that the weighted draws are worth.
    is_weighted : bool
        Whether the intervals are those of the re-weighted draws; otherwise those of the approximation itself.
    """

    laws: FittedLaws = field(repr=False)
    forecast: Forecast = field(repr=False)
    pareto_k: float
    effective_size: float
    is_weighted: bool

    @property
    def table(self) -> pd.DataFrame:
        """The table of the forecast, with the columns of `Forecast.table`; `flag` begins with the mark."""
        return self.forecast.table

    @property
    def prob(self) -> float:
        """Probability of the equal-tailed intervals."""
        return self.forecast.prob

    @property
    def notes(self) -> tuple[str, ...]:
        """How far the approximation may be trusted, then the notes on the training data."""
        return self.laws.notes

    @property
    def _page(self) -> Page:
        return Page(f"Preview, {self.forecast._page.title}", self.table, self.notes)


@checked
def preview(
    runs: object,
    law: str | Law | Sequence[str | Law] = "joint",
    *,
    targets: object = None,
    prob: float = 0.9,
    family: str | None = "family",
    discrepancy: bool = True,
    noise: Noise | None = None,
    pooling: Mapping[str, Pooling] | None = None,
    priors: Mapping[str, Prior] | PriorTable | None = None,
    random_seed: int | None = None,
    units: Mapping[str, str] | None = None,
    comparable: str = "",
    max_rows: int = MOST_ROWS,
) -> Preview:
    """Forecast from the normal approximation at the posterior's modes, without sampling: approximate, not checked.

    The answer takes about a second, beside imports. It comes from the Laplace approximation in whose coordinates `fit`
    samples. `pareto_k` says how close the approximation is to the posterior. Below 0.7 its draws are re-weighted;
    otherwise the intervals are those of the approximation, and a note says so.

    Parameters
    ----------
    runs : Runs, path, DataFrame or str
        As in `fit`.
    law : str or Law, default "joint"
        As in `fit`, but one law: the weights of a stack come from a backtest, which samples.
    targets : mapping, sequence of mapping, or DataFrame, optional
        What to forecast, as in `Fit.forecast`. By default ten times the largest inputs of each family.
    prob : float, default 0.9
        Probability of the equal-tailed intervals.
    family, discrepancy, noise, pooling, priors, units, comparable
        As in `fit`.
    random_seed : int, optional
        Seed of the draws; by default a new one.
    max_rows : int, default 10,000
        Rows at most; of more, rows are selected or the table is refused, as by `Sampler.max_rows`.

    Returns
    -------
    Preview
        Table, k̂ and notes.

    Raises
    ------
    InputError, LawError
        As in `fit` and `Fit.forecast`, and for several laws.
    ChecksFailed
        If the posterior has no normal approximation.

    References
    ----------
    Tierney and Kadane (1986), JASA 81; Yao et al. (2018), arXiv:1802.02538.
    """
    spec = make_spec(_one_law(law), family, discrepancy, noise, pooling, priors)
    seed = read_seed(random_seed)
    require_prob(prob)
    table = runs_for([spec.law], runs, units, comparable)
    design = fitted_design(table, spec, max_rows)
    wanted = default_targets(design) if targets is None else targets
    require_target_units([design], read_targets(design, wanted).table)
    draws = laplace_draws(design, seed)
    laws = FittedLaws(_tree(design, draws, seed, table))
    return Preview(laws, forecast(laws, wanted, prob), draws.pareto_k, draws.effective_size, draws.is_weighted)


def default_targets(design: Design) -> pd.DataFrame:
    """List the targets of a preview that names none: ten times the largest inputs of each family.

    Parameters
    ----------
    design : Design
        What is fitted.

    Returns
    -------
    DataFrame
        One row per family, with the law's inputs and, where the table has families, `family`.
    """
    points = forecast_points(design, None)
    table = pd.DataFrame(inputs_at(design.spec.law, points.log_inputs))
    if design.families == UNNAMED:
        return table
    return table.assign(family=[design.families[index] for index in points.family])


def _one_law(law: object) -> object:
    """The law, or that of a sequence of one. Raises InputError for several."""
    if isinstance(law, str | Law) or not isinstance(law, Sequence):
        return law
    if len(law) == 1:
        return law[0]
    raise InputError(
        f"a preview is of one law, not of {len(law)}: the weights of a stack come from a backtest, which samples. "
        "Preview each law by itself, or fit the stack with bayescale.fit"
    )


def _tree(design: Design, draws: LaplaceDraws, seed: int, table: Runs) -> xr.DataTree:
    """The draws as a posterior's tree that is marked as approximate."""
    tree = tree_of_draws(design, draws.values, {})
    quality = {"pareto_k": draws.pareto_k, "effective_size": draws.effective_size, "is_weighted": draws.is_weighted}
    facts = {
        "schema": SCHEMA,
        "spec": design.spec.to_document(),
        "random_seed": seed,
        "predictive_seed": predictive_seed(seed),
        "notes": [*_notes(draws), *design.notes],
        "source": table.source,
        "data_digest": table.digest,
        APPROXIMATION: {name: float(value) if np.isfinite(value) else None for name, value in quality.items()},
    }
    tree.attrs = frozen(facts)
    return tree


def _notes(draws: LaplaceDraws) -> tuple[Note, Note]:
    """What a preview is, and how far this one may be trusted."""
    nature = (
        f"{MARK}: this forecast comes from a normal approximation at the posterior's modes. Nothing was sampled and no "
        "check has passed; bayescale.fit samples and checks"
    )
    figures = f"Pareto k̂ of the approximation is {draws.pareto_k:.2g}, effective size {draws.effective_size:.0f}"
    if draws.is_weighted:
        trust = f"{figures}: it is close to the posterior, and its draws are re-weighted"
    elif draws.pareto_k < MOST_PARETO_K:
        trust = (
            f"{figures}, below {LEAST_EFFECTIVE:.0f}: too few draws carry weight, so that the intervals are those of "
            "the approximation, unweighted"
        )
    else:
        trust = (
            f"{figures}: k̂ of {MOST_PARETO_K} or more means that it is not close to the posterior. The intervals are "
            "those of the approximation, unweighted: rely on the order of magnitude alone"
        )
    return Note("preview", nature), Note("preview_quality", trust)
