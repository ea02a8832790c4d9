"""What a re-fit of each kind of model consists of: its rows, its posterior, what its spec asks of that posterior."""

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
    from bayescale.risk.predict.forecast import RiskForecast
    from bayescale.risk.result import Risk
    from bayescale.scaling.predict.forecast import Forecast
    from bayescale.scaling.result import Fit
    from bayescale.scaling_laws.law import Law
    from bayescale.scaling_laws.prior import Prior as LawPrior

ONE_FAMILY = "all"


@dataclass(frozen=True, eq=False)
class Rows:
    """What a model is fitted to, and what is kept of it to say later what changed.

    seen      fingerprints of the rows; of trials nothing is kept but their digest.
    columns   what was read of the source, by our names: a column that is not among them may come, go or change.
    mark      of the source when its reading began (`data.sources.mark_of`), "" where it cannot tell.
    families  names of the families that the model knows; of trials none.
    """

    value: Runs | Trials
    seen: Fingerprints
    columns: tuple[str, ...] = ()
    mark: str = ""
    families: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        return self.value.digest


def mark_of(spec: ModelSpec) -> str:
    """A digest of what stands in a spec's source now, found without its rows; "" where only they could tell.

    Raises as `read_rows` does where the source cannot be reached.
    """
    return mark_of_source(_source(spec))


def read_rows(spec: ModelSpec, mark: str = "") -> Rows:
    """Read and validate the rows that a spec uses; of runs, the columns that its laws use and that tell rows apart.
    `mark` is that of the source, taken before: what changes meanwhile is found the next time.

    Raises SourceError where they cannot be reached now, InputError for whatever cannot be used.
    """
    what = spec.what
    if isinstance(what, RiskSpec):
        trials = _trials(what, _source(spec))
        return Rows(trials, {}, tuple(map(str, trials.table.columns)), mark)
    table = read_source(_source(spec))
    whole = used_rows(table.rows, what.data, table.source, typed=table.typed)
    wanted = _columns(what, spec.laws)
    columns = tuple(str(name) for name in whole.table.columns if name in wanted)
    runs = replace(whole, table=whole.table[list(columns)], notes=(*table.notes, *whole.notes))
    read = tuple(name for name in columns if name != "row")
    families = sorted(set(families_of(runs.table, what.model.family)))
    return Rows(runs, fingerprints(runs), read, mark, tuple(families))


def _source(spec: ModelSpec) -> Source:
    what = spec.what
    if isinstance(what, LossSpec):
        return anchored(source_of(what.data), spec.folder)
    source = what.data.source or ()
    if isinstance(source, str) and source.startswith("example:"):
        return Files(source)
    rename = tuple(what.data.rename.items())
    attempts = Attempts(source, what.risk.scorer, what.risk.success, rename, what.data.complete_file)
    return anchored(attempts, spec.folder)


def _trials(what: RiskSpec, source: Source) -> Trials:
    if isinstance(source, Attempts):
        return trials_of(read_source(source))
    return read_trials(what.data.source, rename=what.data.rename)


def _columns(what: LossSpec, laws: Sequence["str | Law"]) -> set[str]:
    """What a model needs of a table: what tells rows apart, the response, families, its laws' inputs; of a stack
    compute too, by which larger runs are held back."""
    from bayescale.scaling_laws.registry import law

    inputs = {name for one in laws for name in (law(one) if isinstance(one, str) else one).inputs}
    compute = {"flops", "n_params", "n_tokens"} if len(laws) > 1 else set()
    family = {what.model.family} if what.model.family else set()
    return {"family", "run", "seed", "step", "row", what.data.response} | family | inputs | compute


def families_of(table: pd.DataFrame, column: str | None) -> list[str]:
    """The family of every row as a fit names it: all are one where no column names them."""
    if column is None or column not in table:
        return [ONE_FAMILY] * len(table)
    return [str(name) for name in table[column]]


def sample(spec: ModelSpec, rows: Rows, cores: int | None, progress: bool, start: "Fit | None" = None) -> "Fit | Risk":
    """The posterior of a spec, sampled and checked; of a model of loss warm from an earlier one, where that suits.

    Raises InputError or LawError before sampling, ChecksFailed where it did not converge.
    """
    if isinstance(spec.what, RiskSpec):
        return _sample_risk(spec.what, rows)
    from bayescale.scaling.fit import fit
    from bayescale.scaling.sampling.sampler import Sampler

    model, how = spec.what.model, spec.what.sampler
    sampler = Sampler(how.draws, how.tune, how.chains, cores, how.target_accept, how.attempts, how.max_rows)
    return fit(
        rows.value,
        spec.laws,
        family=model.family,
        discrepancy=model.discrepancy,
        noise=model.noise,
        pooling=model.pooling,
        priors={name: _prior(one) for name, one in model.priors.items()},
        sampler=sampler,
        random_seed=how.random_seed,
        progress=progress,
        start=start,
    )


def _sample_risk(what: RiskSpec, rows: Rows) -> "Risk":
    from bayescale.risk.fit import fit_risk
    from bayescale.risk.judge import Judge

    judge = None if what.risk.judge is None else Judge(**what.risk.judge.model_dump())
    return fit_risk(
        rows.value,
        list(what.risk.by),
        mixing=what.risk.mixing or None,
        judge=judge,
        random_seed=what.random_seed,
        design=what.risk.design,
    )


def _prior(given: Prior) -> "LawPrior":
    from bayescale.scaling_laws.prior import logitnormal, lognormal, normal

    if given.median is not None:
        return lognormal(given.median, given.spread)
    return normal(given.mean, given.spread) if given.mean is not None else logitnormal(given.logit or 0.0, given.spread)


def targets_of(what: LossSpec) -> pd.DataFrame:
    """What a spec forecasts, as `Fit.forecast` takes it: a family or run that is not given is missing."""
    return pd.DataFrame([dict(one) for one in what.forecast])


def require_forecasts(spec: ModelSpec, rows: Rows) -> None:
    """Raise InputError or LawError, before anything is sampled, for targets of a spec that cannot be forecast."""
    what = spec.what
    if isinstance(what, LossSpec) and what.forecast and isinstance(rows.value, Runs):
        from bayescale.scaling.single_law import make_spec, require_targets

        model = what.model
        for law in spec.laws:
            asked = make_spec(law, model.family, model.discrepancy, model.noise, model.pooling)
            require_targets(rows.value, asked, targets_of(what), what.sampler.max_rows)


def forecasts(spec: ModelSpec, fitted: "Fit | Risk", prob: float = 0.9) -> "Forecast | RiskForecast | None":
    """The forecasts that a spec asks for; None where it asks for none."""
    what = spec.what
    if isinstance(what, RiskSpec):
        return fitted.at(list(what.budgets), prob)  # type: ignore[union-attr]  # a RiskSpec makes a Risk
    return fitted.forecast(targets_of(what), prob) if what.forecast else None  # type: ignore[union-attr]


def plain(value: Any) -> Any:
    """A value as JSON has it: no NumPy scalars, None for what is not a number."""
    if isinstance(value, dict):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and value != value else value
