"""What a re-fit of each kind of model consists of: its rows, its posterior, and the forecasts of its spec."""

from typing import TYPE_CHECKING, Any

import pandas as pd

from bayescale.data.runs import Runs
from bayescale.data.trials import Trials
from bayescale.errors import StoredPosteriorError
from bayescale.maintenance.source_rows import Rows
from bayescale.maintenance.specs.spec import HorizonSpec, LossModel, LossSpec, ModelSpec, Prior, RiskSpec

if TYPE_CHECKING:
    import xarray as xr

    from bayescale.horizon.result import Horizon
    from bayescale.maintenance.horizon_forecasts import HorizonForecasts
    from bayescale.risk.predict.forecast import RiskForecast
    from bayescale.risk.result import Risk
    from bayescale.scaling.predict.forecast import Forecast
    from bayescale.scaling.result import Fit
    from bayescale.scaling_laws.law import Law
    from bayescale.scaling_laws.prior import Prior as LawPrior


def sample(
    spec: ModelSpec, rows: Rows, cores: int | None, progress: bool, start: "Fit | None" = None
) -> "Fit | Risk | Horizon":
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
    Fit, Risk or Horizon
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
    if isinstance(spec.content, HorizonSpec):
        return _sample_horizon(spec.content, rows)
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
        _laws_of(spec, model),
        family=model.family,
        discrepancy=model.discrepancy,
        noise=model.noise,
        pooling=model.pooling,
        priors=spec.prior_table,
        sampler=sampler,
        random_seed=settings.random_seed,
        progress=progress,
        start=start,
    )


def _sample_risk(content: RiskSpec, rows: Rows) -> "Risk":
    from bayescale.risk.fit import fit_risk
    from bayescale.risk.judge import Judge

    judge = None if content.risk.judge is None else Judge(**content.risk.judge.model_dump())
    return fit_risk(
        rows.value,
        list(content.risk.by),
        mixing=content.risk.mixing or None,
        judge=judge,
        random_seed=content.random_seed,
        design=content.risk.design,
    )


def _sample_horizon(content: HorizonSpec, rows: Rows) -> "Horizon":
    from bayescale.horizon.fit import fit_horizon

    model = content.horizon
    return fit_horizon(
        rows.value,
        agent=model.agent,
        release_dates=model.release_dates or None,
        draws=model.draws,
        random_seed=content.random_seed,
    )


def _laws_of(spec: ModelSpec, model: LossModel) -> "list[Law]":
    """The laws of a spec, with the priors that it gives for their parameters."""
    from bayescale.scaling.single_law import law_with_priors

    priors = {name: _prior(prior) for name, prior in model.priors.items()}
    return [law_with_priors(law, priors) for law in spec.laws]


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
            law_spec = make_spec(law, model.family, model.discrepancy, model.noise, model.pooling, spec.prior_table)
            require_targets(rows.value, law_spec, targets_of(content), content.sampler.max_rows)
    if isinstance(content, HorizonSpec) and isinstance(rows.value, Trials):
        from bayescale.maintenance.horizon_forecasts import require_trend

        require_trend(content, rows.value)


def forecasts(
    spec: ModelSpec, fitted: "Fit | Risk | Horizon", prob: float = 0.9
) -> "Forecast | RiskForecast | HorizonForecasts | None":
    """Forecast the targets of a spec.

    Parameters
    ----------
    spec : ModelSpec
        The spec.
    fitted : Fit, Risk or Horizon
        The posterior.
    prob : float, default 0.9
        Probability of the equal-tailed intervals.

    Returns
    -------
    Forecast, RiskForecast, HorizonForecasts or None
        None for a spec without targets.
    """
    content = spec.content
    if isinstance(content, RiskSpec):
        return fitted.at(list(content.budgets), prob)  # type: ignore[union-attr]  # a RiskSpec makes a Risk
    if isinstance(content, HorizonSpec):
        from bayescale.maintenance.horizon_forecasts import horizon_forecasts

        return horizon_forecasts(content, fitted, prob)  # type: ignore[arg-type]  # a HorizonSpec makes a Horizon
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


def maintained_posterior(tree: "xr.DataTree") -> "Fit | Risk | Horizon":
    """Return the posterior that a tree of a store holds, of a kind that a spec can maintain.

    Parameters
    ----------
    tree : DataTree
        The tree.

    Returns
    -------
    Fit, Risk or Horizon
        The posterior.

    Raises
    ------
    StoredPosteriorError
        It is a posterior of capabilities.
    """
    from bayescale.capability.result import Capability
    from bayescale.loading import as_posterior

    posterior = as_posterior(tree)
    if isinstance(posterior, Capability):
        raise StoredPosteriorError("this is a posterior of capabilities, which no spec maintains")
    return posterior
