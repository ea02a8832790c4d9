"""What a re-fit of each kind of model consists of: its rows, its posterior, what its spec asks of that posterior."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from bayescale.data.runs import Runs
from bayescale.data.sources import Attempts, Fingerprints, anchored, fingerprints, read_source, trials_of
from bayescale.data.trials import Trials, read_trials
from bayescale.ops.rows import source_of, used_rows
from bayescale.ops.spec import LossSpec, ModelSpec, Prior, RiskSpec

if TYPE_CHECKING:
    from bayescale.fitted import Fit
    from bayescale.forecast.predict import Forecast
    from bayescale.laws.priors import Prior as LawPrior
    from bayescale.risk.fitted import Risk
    from bayescale.risk.predict import RiskForecast


@dataclass(frozen=True, eq=False)
class Rows:
    """What a model is fitted to, and what is kept of it to say later what changed (of trials: nothing)."""

    value: Runs | Trials
    seen: Fingerprints

    @property
    def digest(self) -> str:
        return self.value.digest


def read_rows(spec: ModelSpec) -> Rows:
    """Read and validate the rows that a spec uses.

    Raises SourceError where they cannot be reached now, InputError for whatever cannot be used.
    """
    what = spec.what
    if isinstance(what, RiskSpec):
        return Rows(_trials(what, spec.folder), {})
    table = read_source(anchored(source_of(what.data), spec.folder))
    runs = used_rows(table.rows, what.data, table.source, typed=table.typed)
    runs = replace(runs, notes=(*table.notes, *runs.notes))
    return Rows(runs, fingerprints(runs))


def _trials(what: RiskSpec, folder: Path) -> Trials:
    source = what.data.source or ()
    if isinstance(source, str) and source.startswith("example:"):
        return read_trials(source, rename=what.data.rename)
    attempts = Attempts(source, what.risk.scorer, what.risk.success, tuple(what.data.rename.items()))
    return trials_of(read_source(anchored(attempts, folder)))


def sample(spec: ModelSpec, rows: Rows, cores: int | None, progress: bool) -> "Fit | Risk":
    """The posterior of a spec, sampled and checked.

    Raises InputError or LawError before sampling, ChecksFailed where it did not converge.
    """
    if isinstance(spec.what, RiskSpec):
        return _sample_risk(spec.what, rows)
    from bayescale.fitting import fit
    from bayescale.inference.sample import Sampler

    model, how = spec.what.model, spec.what.sampler
    sampler = Sampler(how.draws, how.tune, how.chains, cores, how.target_accept, how.attempts)
    return fit(
        rows.value,
        model.law if isinstance(model.law, str) else list(model.law),
        family=model.family,
        discrepancy=model.discrepancy,
        noise=model.noise,
        pooling=model.pooling,
        priors={name: _prior(one) for name, one in model.priors.items()},
        sampler=sampler,
        random_seed=how.random_seed,
        progress=progress,
    )


def _sample_risk(what: RiskSpec, rows: Rows) -> "Risk":
    from bayescale.risk.fitted import fit_risk
    from bayescale.risk.judge import Judge

    judge = None if what.risk.judge is None else Judge(**what.risk.judge.model_dump())
    return fit_risk(
        rows.value, list(what.risk.by), mixing=what.risk.mixing or None, judge=judge, random_seed=what.random_seed
    )


def _prior(given: Prior) -> "LawPrior":
    from bayescale.laws.priors import logitnormal, lognormal, normal

    if given.median is not None:
        return lognormal(given.median, given.spread)
    return normal(given.mean, given.spread) if given.mean is not None else logitnormal(given.logit or 0.0, given.spread)


def targets_of(what: LossSpec) -> pd.DataFrame:
    """What a spec forecasts, as `Fit.forecast` takes it: a family or run that is not given is missing."""
    return pd.DataFrame([dict(one) for one in what.forecast])


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
