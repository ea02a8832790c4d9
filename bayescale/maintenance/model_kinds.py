"""What a re-fit of each kind of model consists of: its rows, its posterior, and the forecasts of its spec."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from bayescale.data.runs import Runs
from bayescale.data.sources import (
    Attempts,
    Files,
    Fingerprints,
    Source,
    anchored,
    fingerprints,
    read_source,
    trials_of,
)
from bayescale.data.sources import mark_of as mark_of_source
from bayescale.data.trials import Trials, read_trials
from bayescale.maintenance.source_rows import source_of, used_rows
from bayescale.maintenance.spec import LossSpec, ModelSpec, Prior, RiskSpec

if TYPE_CHECKING:
    from bayescale.risk.predict import RiskForecast
    from bayescale.risk.result import Risk
    from bayescale.scaling.predict.forecast import Forecast
    from bayescale.scaling.result import Fit
    from bayescale.scaling_laws.law import Law
    from bayescale.scaling_laws.prior import Prior as LawPrior

ONE_FAMILY = "all"


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows that a model is fitted to, and what is recorded of them to find later changes.

    Parameters
    ----------
    value : Runs or Trials
        The rows.
    fingerprints : mapping of str to lists of [digest, response]
        Fingerprints of the rows; empty for trials, whose digest is enough.
    columns : tuple of str
        The columns that were read, by our names. Other columns may be added, removed or changed.
    mark : str
        The mark of the source when its reading began (`data.sources.mark_of`), "" where it has none.
    families : tuple of str
        Families that the model knows; empty for trials.
    """

    value: Runs | Trials
    fingerprints: Fingerprints
    columns: tuple[str, ...] = ()
    mark: str = ""
    families: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """The digest of the rows."""
        return self.value.digest


def mark_of(spec: ModelSpec) -> str:
    """Return a digest of what a spec's source holds now, found without its rows.

    Parameters
    ----------
    spec : ModelSpec
        The spec.

    Returns
    -------
    str
        The mark; "" where only the rows could tell.

    Raises
    ------
    SourceError
        The source cannot be reached now.
    InputError
        It cannot be used.
    """
    return mark_of_source(_source(spec))


def read_rows(spec: ModelSpec, mark: str = "") -> Rows:
    """Read and validate the rows that a spec uses; of runs, the columns that its laws use and that identify rows.

    Parameters
    ----------
    spec : ModelSpec
        The spec.
    mark : str, optional
        The mark of the source, taken before: changes during the reading are found the next time.

    Returns
    -------
    Rows
        The rows.

    Raises
    ------
    SourceError
        They cannot be reached now.
    InputError
        They cannot be used.
    """
    content = spec.content
    if isinstance(content, RiskSpec):
        trials = _trials(content, _source(spec))
        return Rows(trials, {}, tuple(map(str, trials.table.columns)), mark)
    table = read_source(_source(spec))
    whole = used_rows(table.rows, content.data, table.source, typed=table.typed)
    wanted = _columns(content, spec.laws)
    columns = tuple(str(name) for name in whole.table.columns if name in wanted)
    runs = replace(whole, table=whole.table[list(columns)], notes=(*table.notes, *whole.notes))
    read = tuple(name for name in columns if name != "row")
    families = sorted(set(families_of(runs.table, content.model.family)))
    return Rows(runs, fingerprints(runs), read, mark, tuple(families))


def _source(spec: ModelSpec) -> Source:
    content = spec.content
    if isinstance(content, LossSpec):
        return anchored(source_of(content.data), spec.folder)
    source = content.data.source or ()
    if isinstance(source, str) and source.startswith("example:"):
        return Files(source)
    rename = tuple(content.data.rename.items())
    attempts = Attempts(source, content.risk.scorer, content.risk.success, rename, content.data.complete_file)
    return anchored(attempts, spec.folder)


def _trials(content: RiskSpec, source: Source) -> Trials:
    if isinstance(source, Attempts):
        return trials_of(read_source(source))
    return read_trials(content.data.source, rename=content.data.rename)


def _columns(content: LossSpec, laws: Sequence["str | Law"]) -> set[str]:
    """The columns that a model needs: those that identify rows, response, family, inputs; of a stack, compute, too."""
    from bayescale.scaling_laws.registry import law

    inputs = {name for item in laws for name in (law(item) if isinstance(item, str) else item).inputs}
    compute = {"flops", "n_params", "n_tokens"} if len(laws) > 1 else set()
    family = {content.model.family} if content.model.family else set()
    return {"family", "run", "seed", "step", "row", content.data.response} | family | inputs | compute


def families_of(table: pd.DataFrame, column: str | None) -> list[str]:
    """Return the family of every row as a fit names it.

    Parameters
    ----------
    table : DataFrame
        The rows.
    column : str or None
        The column of families; without one, all rows are of one family.

    Returns
    -------
    list of str
        The families.
    """
    if column is None or column not in table:
        return [ONE_FAMILY] * len(table)
    return [str(name) for name in table[column]]


def sample(spec: ModelSpec, rows: Rows, cores: int | None, progress: bool, start: "Fit | None" = None) -> "Fit | Risk":
    """Sample and check the posterior of a spec.

    Parameters
    ----------
    spec : ModelSpec
        The spec.
    rows : Rows
        Its rows.
    cores : int or None
        Processes for the chains.
    progress : bool
        Whether to show progress.
    start : Fit, optional
        An earlier posterior to start from, where that suits.

    Returns
    -------
    Fit or Risk
        The posterior.

    Raises
    ------
    InputError, LawError
        Before sampling: the rows or the law cannot be used.
    ChecksFailed
        The posterior did not converge.
    """
    if isinstance(spec.content, RiskSpec):
        return _sample_risk(spec.content, rows)
    from bayescale.scaling.fit import fit
    from bayescale.scaling.sampling.sampler import Sampler

    model, settings = spec.content.model, spec.content.sampler
    sampler = Sampler(
        settings.draws,
        settings.tune,
        settings.chains,
        cores,
        settings.target_accept,
        settings.attempts,
        settings.max_rows,
    )
    return fit(
        rows.value,
        spec.laws,
        family=model.family,
        discrepancy=model.discrepancy,
        noise=model.noise,
        pooling=model.pooling,
        priors={name: _prior(prior) for name, prior in model.priors.items()},
        sampler=sampler,
        random_seed=settings.random_seed,
        progress=progress,
        start=start,
    )


def _sample_risk(content: RiskSpec, rows: Rows) -> "Risk":
    from bayescale.risk.judge import Judge
    from bayescale.risk.result import fit_risk

    judge = None if content.risk.judge is None else Judge(**content.risk.judge.model_dump())
    return fit_risk(
        rows.value,
        list(content.risk.by),
        mixing=content.risk.mixing or None,
        judge=judge,
        random_seed=content.random_seed,
        design=content.risk.design,
    )


def _prior(prior: Prior) -> "LawPrior":
    from bayescale.scaling_laws.prior import logitnormal, lognormal, normal

    if prior.median is not None:
        return lognormal(prior.median, prior.spread)
    return normal(prior.mean, prior.spread) if prior.mean is not None else logitnormal(prior.logit or 0.0, prior.spread)


def targets_of(content: LossSpec) -> pd.DataFrame:
    """Return the targets of a spec as `Fit.forecast` takes them.

    Parameters
    ----------
    content : LossSpec
        The spec's content.

    Returns
    -------
    DataFrame
        One row per target; a family or run that the spec does not name is missing.
    """
    return pd.DataFrame([dict(target) for target in content.forecast])


def require_forecasts(spec: ModelSpec, rows: Rows) -> None:
    """Raise, before anything is sampled, where a target of a spec cannot be forecast.

    Parameters
    ----------
    spec : ModelSpec
        The spec.
    rows : Rows
        Its rows.

    Raises
    ------
    InputError, LawError
        A target cannot be forecast.
    """
    content = spec.content
    if isinstance(content, LossSpec) and content.forecast and isinstance(rows.value, Runs):
        from bayescale.scaling.single_law import make_spec, require_targets

        model = content.model
        for law in spec.laws:
            law_spec = make_spec(law, model.family, model.discrepancy, model.noise, model.pooling)
            require_targets(rows.value, law_spec, targets_of(content), content.sampler.max_rows)


def forecasts(spec: ModelSpec, fitted: "Fit | Risk", prob: float = 0.9) -> "Forecast | RiskForecast | None":
    """Forecast the targets of a spec.

    Parameters
    ----------
    spec : ModelSpec
        The spec.
    fitted : Fit or Risk
        The posterior.
    prob : float, default 0.9
        Probability of the equal-tailed intervals.

    Returns
    -------
    Forecast, RiskForecast or None
        None for a spec without targets.
    """
    content = spec.content
    if isinstance(content, RiskSpec):
        return fitted.at(list(content.budgets), prob)  # type: ignore[union-attr]  # a RiskSpec makes a Risk
    return fitted.forecast(targets_of(content), prob) if content.forecast else None  # type: ignore[union-attr]


def plain(value: Any) -> Any:
    """Return a value as JSON stores it.

    Parameters
    ----------
    value : Any
        The value.

    Returns
    -------
    Any
        Without NumPy scalars; None in place of NaN.
    """
    if isinstance(value, dict):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and value != value else value
