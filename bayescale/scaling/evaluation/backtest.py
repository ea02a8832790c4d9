"""`backtest`: fit below each cut, forecast above it, score; for one law or several, one compilation a layout."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.core.arguments import checked
from bayescale.core.display import Page, Shown
from bayescale.core.parallel import spread
from bayescale.core.random import read_seed
from bayescale.core.summary import require_prob
from bayescale.data.runs import Runs, needs
from bayescale.errors import ChecksFailed, InputError
from bayescale.scaling.evaluation.folds import Fold, make_folds
from bayescale.scaling.evaluation.inflation_estimate import widening
from bayescale.scaling.evaluation.interval_inflation import Widening
from bayescale.scaling.evaluation.scores import score_points, summarise
from bayescale.scaling.evaluation.stacking import Stack, stack
from bayescale.scaling.model.spec import Pooling, Spec
from bayescale.scaling.predict.predictive import log_density
from bayescale.scaling.result import Fit
from bayescale.scaling.sampling.sampler import Sampler
from bayescale.scaling.single_law import fit_spec, make_spec, runs_for
from bayescale.scaling_laws.law import Law, Noise

ALL = "(all)"
MOST_WORSE = 0.15  # coverage may fall this far short of its level before a law counts as failed on a table


@checked
@dataclass(frozen=True, repr=False)
class Backtest(Shown):
    """What forecasts made in the past would have been worth.

    table   one row per law, cut and family, and one over all families ("(all)"): rows trained on and tested,
            `extrapolation` (how many times beyond the training data, mean over rows), error (mean of |median/measured
            - 1|), coverage of the `prob` interval and at 50, 80, 90 and 95 %, width and interval score on log
            response, CRPS, log score; `continues` tells rows whose run was seen below the cut from new runs; `passed`
            whether the posterior passed its gate.
    points  one row per law, cut and test row, with its run, interval and scores.
    notes   what is to be known before these figures are relied on.
    """

    table: pd.DataFrame
    points: pd.DataFrame = field(repr=False)
    notes: tuple[str, ...]
    prob: float

    @property
    def summary(self) -> pd.DataFrame:
        """One row per law over all its test rows of new runs (of continued ones, where there are no others): means, and
        the standard error of the coverage with runs as the unit."""
        rows = []
        for law, own in self.points.groupby("law", sort=False):
            fresh = own[~own["continues"]] if (~own["continues"]).any() else own
            by_run = fresh.groupby(["family", "run"])["inside"].mean()
            error = _error_of_share(by_run.to_numpy(dtype=float))
            rows.append(
                {"law": law, "runs": len(by_run), "n_test": len(fresh), **summarise(fresh), "coverage_se": error}
            )
        return pd.DataFrame(rows)

    def weights(self, random_seed: int = 0) -> Stack:
        """How much of each law to take: weights that maximise the log score of held-out larger runs; see `Stack`."""
        return stack(self.points, read_seed(random_seed))

    @property
    def widenings(self) -> dict[str, Widening]:
        """How much wider each law's intervals have to be, by law, where no law's held (else empty: take one that did);
        for `Fit.widened`. The factor is found on the runs that failed, so that it may be too little on others."""
        found = {str(law): widening(own, self.prob) for law, own in self.points.groupby("law", sort=False)}
        failed = {law: one for law, one in found.items() if one is not None}
        return failed if len(failed) == len(found) else {}

    @property
    def _page(self) -> Page:
        return Page(
            f"Forecasts above each cut against what was measured; {100 * self.prob:.4g} % intervals",
            self.table,
            self.notes,
        )


def _error_of_share(shares: NDArray[np.float64]) -> float:
    """Standard error of a mean of shares, one a run. Where all runs agree their scatter says nothing: there it is that
    of a share to which two successes and two failures were added (Agresti and Coull 1998)."""
    if len(shares) > 1 and np.ptp(shares) > 0:
        return float(shares.std(ddof=1) / np.sqrt(len(shares)))
    count = len(shares) + 4
    share = (shares.sum() + 2) / count
    return float(np.sqrt(share * (1 - share) / count))


@checked
def backtest(
    runs: object,
    law: str | Law | Sequence[str | Law] = "joint",
    *,
    family: str | None = "family",
    cut: str = "flops",
    cuts: Sequence[float] | None = None,
    prob: float = 0.9,
    discrepancy: bool = True,
    noise: Noise | None = None,
    pooling: Mapping[str, Pooling] | None = None,
    sampler: Sampler | None = None,
    random_seed: int | None = None,
    progress: Callable[[str], None] | None = None,
    cluster: str | None = None,
    units: Mapping[str, str] | None = None,
    comparable: str = "",
) -> Backtest:
    """Hold forecasts of larger runs against what these really reached.

    law        a law or several, each by name or as a Law.
    cut, cuts  the column to cut at, and where: rows up to a cut are fitted, rows above it forecast. "flops" is
               6·n_params·n_tokens where the table has no such column; without `cuts`, 3, 10 and 32 times below the
               largest value.
    progress   told a line for each fit; None is silent.
    cluster    None fits one after another in this process; "local" uses a process per core of this machine, and
               "tcp://host:port" a Dask cluster. The answer is the same.

    The other arguments are those of `fit`. A posterior that fails its gate is scored all the same, and said so.
    Raises InputError or LawError, before any sampling, for what cannot be cut or fitted.
    """
    given = [law] if isinstance(law, str | Law) else list(law)
    specs = [make_spec(one, family, discrepancy, noise, pooling) for one in given]
    require_distinct(specs)
    table = runs_for([one.law for one in specs], runs, units, comparable)
    require_prob(prob)
    require_inputs(table, specs)
    folds = make_folds(table, cut, cuts)
    return backtest_folds(folds, specs, prob, sampler or Sampler(), read_seed(random_seed), progress, cluster)


def require_distinct(specs: Sequence[Spec]) -> None:
    """Raise InputError unless there is a law, none twice, and all are of one response."""
    names = [one.law.name for one in specs]
    if not names or len(set(names)) < len(names):
        raise InputError(f"law={names!r} must name at least one law, and none twice")
    responses = {one.law.response for one in specs}
    if len(responses) > 1:
        raise InputError(f"these laws are of different responses ({', '.join(sorted(responses))}): test them apart")


def require_inputs(table: Runs, specs: Sequence[Spec]) -> None:
    """Raise InputError unless every row has every input of every law."""
    inputs = dict.fromkeys(name for one in specs for name in one.law.inputs)
    needs(table, [*inputs, table.response])


def backtest_folds(
    folds: Sequence[Fold],
    specs: Sequence[Spec],
    prob: float,
    sampler: Sampler,
    seed: int,
    progress: Callable[[str], None] | None = None,
    cluster: str | None = None,
) -> Backtest:
    """Every law fitted below and scored above every cut; see `backtest`."""
    jobs = [(one, fold, prob, sampler, seed) for one in specs for fold in folds]
    titles = [f"{one.law.name}: {len(fold.train.table)} rows up to {fold.cut:.3g}" for one, fold, *_ in jobs]
    points = pd.concat(spread(_score_fold, jobs, titles, progress, cluster), ignore_index=True)
    return of_points(points, prob)


def of_points(points: pd.DataFrame, prob: float) -> Backtest:
    """The backtest whose `points` these are."""
    return Backtest(_tabled(points), points, _notes(points, prob), prob)


def _score_fold(spec: Spec, fold: Fold, prob: float, sampler: Sampler, seed: int) -> pd.DataFrame:
    """One law fitted below one cut, and scored above it."""
    try:
        found, passed = fit_spec(fold.train, spec, sampler, seed, progress=False), True
    except ChecksFailed as failed:
        if failed.fit is None:  # not a draw to score
            raise
        found, passed = failed.fit, False
    return _scored(found, fold, prob).assign(law=spec.law.name, passed=passed)


def _scored(found: Fit, fold: Fold, prob: float) -> pd.DataFrame:
    """Scores of a fold's test rows. A family that has no rows below the cut is forecast from the population."""
    column = found.law.inputs
    test = fold.test
    family = test["family"].where(test["family"].isin(found.families), None)
    targets = test[[*column, "run"]].assign(family=family)
    forecast = found.forecast(targets, prob)
    observed = test[found.law.response].to_numpy(dtype=float)
    draws = forecast.dataset["run"].to_numpy()
    scores = score_points(
        draws.reshape(-1, draws.shape[-1]),
        observed,
        log_density(found, targets, observed),
        prob,
        found.law.scale,
    )
    return scores.assign(
        cut=fold.cut,
        family=test["family"].to_numpy(),
        run=test["run"].to_numpy(),
        row=test["row"].to_numpy(),
        known_family=family.notna().to_numpy(),
        continues=test["continues"].to_numpy(),
        extrapolation=forecast.table["extrapolation"].to_numpy(),
        n_train=len(fold.train.table),
    )


def _tabled(points: pd.DataFrame) -> pd.DataFrame:
    """The table of a backtest: by law, cut, family and whether runs were seen, and over families."""
    rows = []
    for (law, cut, continues), own in points.groupby(["law", "cut", "continues"], sort=False):
        parts = [(str(family), part) for family, part in own.groupby("family", sort=False)]
        for family, part in [*(parts if len(parts) > 1 else []), (ALL, own)]:
            rows.append(
                {
                    "law": law,
                    "cut": cut,
                    "family": family,
                    "continues": continues,
                    "n_train": int(part["n_train"].iloc[0]),
                    "n_test": len(part),
                    "extrapolation": float(part["extrapolation"].mean()),
                    **summarise(part),
                    "passed": bool(part["passed"].all()),
                }
            )
    return pd.DataFrame(rows)


def _notes(points: pd.DataFrame, prob: float) -> tuple[str, ...]:
    """What a reader must know: failed gates, families forecast unseen, laws whose intervals do not hold."""
    notes = []
    failed = points.loc[~points["passed"], ["law", "cut"]].drop_duplicates()
    notes += [f"the fit of {law} up to {cut:.3g} did not pass its gate" for law, cut in failed.itertuples(index=False)]
    unseen = points.loc[~points["known_family"], "family"].unique()
    if len(unseen):
        notes.append(f"{', '.join(map(str, unseen))}: no row below some cut; forecast there as a family never seen")
    if points["continues"].any():
        share = 100 * points.loc[points["law"] == points["law"].iloc[0], "continues"].mean()
        notes.append(f"{share:.0f} % of test rows continue runs that were seen below the cut: they are scored apart")
    coverage = points.groupby("law")["inside"].mean()
    poor = coverage[coverage < prob - MOST_WORSE]
    if len(poor) == len(coverage):
        notes.append(
            f"no law's {100 * prob:.4g} % intervals held on this table (best: {100 * coverage.max():.0f} %): larger "
            "runs need wider forecasts (`widenings`), or a law that says what these leave out"
        )
    else:
        notes += [f"{law}: its {100 * prob:.4g} % intervals held {100 * share:.0f} %" for law, share in poor.items()]
    return tuple(notes)
