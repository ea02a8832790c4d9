"""`backtest`: fit laws to the runs below each cut, forecast the runs above it, and score the forecasts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from bayescale.core.arguments import checked
from bayescale.core.display import Page, Shown
from bayescale.core.parallel import spread
from bayescale.core.random import read_seed
from bayescale.core.summary import require_prob
from bayescale.data.runs import Runs, needs
from bayescale.errors import ChecksFailed, InputError
from bayescale.scaling.evaluation.backtest_tables import backtest_notes, backtest_summary, backtest_table
from bayescale.scaling.evaluation.folds import FOLD_SAMPLER, Fold, make_folds
from bayescale.scaling.evaluation.interval_inflation import Widening, estimate_widening
from bayescale.scaling.evaluation.scores import score_points
from bayescale.scaling.evaluation.stacking import Stack, stack
from bayescale.scaling.model.spec import Pooling, Spec
from bayescale.scaling.predict.predictive import log_density
from bayescale.scaling.result import Fit
from bayescale.scaling.sampling.sampler import Sampler
from bayescale.scaling_laws.law import Law, Noise
from bayescale.scaling_laws.prior import Prior
from bayescale.scaling_laws.priors.prior_table import PriorTable


@checked
@dataclass(frozen=True, repr=False)
class Backtest(Shown):
    """Forecasts of larger runs, made from smaller ones, and their scores.

    Parameters
    ----------
    table : pandas.DataFrame
        One row per law, cut and family, and one over all families ("(all)"): rows trained on and tested;
        `extrapolation` (how many times beyond the training data, mean over rows); error (mean of
        |median / measured - 1|, or of |median - measured| off the log scale); coverage of the `prob` interval and at
        50, 80, 90 and 95 %; width and interval score on the scale of the law; CRPS; log score. `continues` tells rows
        whose run was seen below the cut from new runs; `passed` is whether the posterior passed its gate.
    points : pandas.DataFrame
        One row per law, cut and test row, with its run, interval and scores.
    notes : tuple of Note
        What a reader must know before relying on these figures.
    prob : float
        Probability of the intervals.
    """

    table: pd.DataFrame
    points: pd.DataFrame = field(repr=False)
    notes: tuple[str, ...]
    prob: float

    @property
    def summary(self) -> pd.DataFrame:
        """Mean scores of each law over its test rows of new runs.

        Where there are no new runs, those of continued runs. `coverage_se` has runs as the unit.
        """
        return backtest_summary(self.points)

    def weights(self, random_seed: int = 0) -> Stack:
        """Weigh the laws by their log score of held-out larger runs.

        Parameters
        ----------
        random_seed : int, default 0
            Seed of the draws of the weights' posterior.

        Returns
        -------
        Stack
            Weight of each law, with its interval.

        Raises
        ------
        InputError
            If the laws were not all scored on the same rows, or there is a single run.
        """
        return stack(self.points, read_seed(random_seed))

    @property
    def widenings(self) -> dict[str, Widening]:
        """How much wider the intervals of each law have to be, where those of every law were too narrow.

        For `Fit.widened`. Empty where the intervals of some law were not too narrow: use that law. The factor is
        estimated on the runs that failed, so that it may be too small for others.
        """
        laws = {str(law): estimate_widening(part, self.prob) for law, part in self.points.groupby("law", sort=False)}
        too_narrow = {law: widening for law, widening in laws.items() if widening is not None}
        return too_narrow if len(too_narrow) == len(laws) else {}

    @property
    def _page(self) -> Page:
        return Page(
            f"Forecasts above each cut compared with measurements; {100 * self.prob:.4g} % intervals",
            self.table,
            self.notes,
        )


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
    priors: Mapping[str, Prior] | PriorTable | None = None,
    sampler: Sampler | None = None,
    random_seed: int | None = None,
    progress: Callable[[str], None] | None = None,
    cluster: str | None = None,
    units: Mapping[str, str] | None = None,
    comparable: str = "",
) -> Backtest:
    """Compare forecasts of larger runs with what these runs reached.

    Parameters
    ----------
    runs : Runs, table, path or source
        The runs, as `fit` takes them.
    law : str, Law or sequence of these, default "joint"
        Laws to test, each by name or as a Law.
    family : str or None, default "family"
        Column of the families; None for one family.
    cut : str, default "flops"
        Column to cut at: rows up to a cut are fitted, rows above it forecast. "flops" is 6 n_params n_tokens where the
        table has no such column.
    cuts : sequence of float, optional
        Where to cut. By default 3, 10 and 32 times below the largest value, as far as there are runs.
    prob : float, default 0.9
        Probability of the intervals.
    discrepancy, noise, pooling, priors, random_seed, units, comparable
        As in `fit`. Priors learned from the larger runs make the scores optimistic.
    sampler : Sampler, optional
        Settings of the sampler of each fit; by default 600 draws a chain and two attempts.
    progress : callable, optional
        Called with a line for each fit; None is silent.
    cluster : str, optional
        None fits one after another in this process; "local" uses a process per core of this machine, and
        "tcp://host:port" a Dask cluster. The result is the same.

    Returns
    -------
    Backtest
        Scores of every forecast. A posterior that fails its gate is scored too, and a note says so.

    Raises
    ------
    InputError, LawError
        If the runs cannot be cut, or a law cannot be fitted to them. Nothing is sampled before.
    """
    from bayescale.scaling.single_law import make_spec, runs_for

    laws = [law] if isinstance(law, str | Law) else list(law)
    specs = [make_spec(law, family, discrepancy, noise, pooling, priors) for law in laws]
    require_distinct(specs)
    table = runs_for([spec.law for spec in specs], runs, units, comparable)
    require_prob(prob)
    require_inputs(table, specs)
    folds = make_folds(table, cut, cuts)
    return backtest_folds(folds, specs, prob, sampler or FOLD_SAMPLER, read_seed(random_seed), progress, cluster)


def require_distinct(specs: Sequence[Spec]) -> None:
    """Require at least one law, none twice, and all of one response.

    Parameters
    ----------
    specs : sequence of Spec
        The laws and their settings.

    Raises
    ------
    InputError
        If the laws cannot be compared.
    """
    names = [spec.law.name for spec in specs]
    if not names or len(set(names)) < len(names):
        raise InputError(f"law={names!r} must name at least one law, and none twice")
    responses = {spec.law.response for spec in specs}
    if len(responses) > 1:
        listed = ", ".join(sorted(responses))
        raise InputError(f"these laws are of different responses ({listed}): test them separately")


def require_inputs(table: Runs, specs: Sequence[Spec]) -> None:
    """Require every input of every law in every row.

    Parameters
    ----------
    table : Runs
        The runs.
    specs : sequence of Spec
        The laws and their settings.

    Raises
    ------
    InputError
        If an input is missing or blank.
    """
    inputs = dict.fromkeys(name for spec in specs for name in spec.law.inputs)
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
    """Fit every law below every cut and score it above the cut.

    Parameters
    ----------
    folds : sequence of Fold
        Training and test rows of each cut.
    specs : sequence of Spec
        The laws and their settings.
    prob : float
        Probability of the intervals.
    sampler : Sampler
        How each posterior is sampled.
    seed : int
        Seed of every fit.
    progress, cluster
        As in `backtest`.

    Returns
    -------
    Backtest
        Scores of every forecast.
    """
    jobs = [(spec, fold, prob, sampler, seed) for spec in specs for fold in folds]
    titles = [f"{spec.law.name}: {len(fold.train.table)} rows up to {fold.cut:.3g}" for spec, fold, *_ in jobs]
    points = pd.concat(spread(_score_fold, jobs, titles, progress, cluster), ignore_index=True)
    return backtest_of_points(points, prob)


def backtest_of_points(points: pd.DataFrame, prob: float) -> Backtest:
    """Build the backtest with these points.

    Parameters
    ----------
    points : pandas.DataFrame
        One row per law, cut and test row, with its scores.
    prob : float
        Probability of the intervals.

    Returns
    -------
    Backtest
        The table, points and notes.
    """
    return Backtest(backtest_table(points), points, backtest_notes(points, prob), prob)


def _score_fold(spec: Spec, fold: Fold, prob: float, sampler: Sampler, seed: int) -> pd.DataFrame:
    """Fit one law below one cut, and score it above the cut."""
    from bayescale.scaling.single_law import fit_spec

    try:
        fit, passed = fit_spec(fold.train, spec, sampler, seed, progress=False), True
    except ChecksFailed as failed:
        if failed.fit is None:  # there is no draw to score
            raise
        fit, passed = failed.fit, False
    return _scored(fit, fold, prob).assign(law=spec.law.name, passed=passed)


def _scored(fit: Fit, fold: Fold, prob: float) -> pd.DataFrame:
    """Score a fold's test rows. A family without rows below the cut is forecast from the population."""
    test = fold.test
    family = test["family"].where(test["family"].isin(fit.families), None)
    targets = test[[*fit.law.inputs, "run"]].assign(family=family)
    forecast = fit.forecast(targets, prob)
    observed = test[fit.law.response].to_numpy(dtype=float)
    draws = forecast.dataset["run"].to_numpy()
    density = log_density(fit, targets, observed)
    scores = score_points(draws.reshape(-1, draws.shape[-1]), observed, density, prob, fit.law.scale)
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
