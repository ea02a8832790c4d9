"""Bayesian, uncertainty-aware scaling laws: forecasts of larger training runs that are right as often as they say."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bayescale.calibration.loss_laws import check_calibration
    from bayescale.calibration.mixing_laws import check_risk_calibration
    from bayescale.calibration.prior_predictive import prior_predictive
    from bayescale.data.runs import Runs, read_runs
    from bayescale.data.trials import Trials, read_trials
    from bayescale.errors import BayescaleError, ChecksFailed, InputError, LawError, StoredPosteriorError
    from bayescale.maintenance.store.posteriors import Store
    from bayescale.plots.allocation import plot_allocation, plot_isoflop
    from bayescale.plots.backtest import plot_backtest
    from bayescale.plots.calibration import plot_calibration
    from bayescale.plots.decisions import plot_compare, plot_crossover, plot_next_run
    from bayescale.plots.forecast_log import plot_ledger
    from bayescale.plots.law import plot_fit, plot_forecast
    from bayescale.plots.parameters import plot_exponents, plot_parameters
    from bayescale.plots.prior_posterior import plot_prior_posterior
    from bayescale.plots.residuals import plot_residuals
    from bayescale.plots.risk import plot_asr, plot_laws
    from bayescale.plots.shrinkage import plot_shrinkage
    from bayescale.report.loss.content import loss_report
    from bayescale.report.risk.content import risk_report
    from bayescale.risk.decisions.ask_tell import DynamicSampler
    from bayescale.risk.decisions.policies import PolicyChoice, inference_multiplier
    from bayescale.risk.decisions.saturation import Saturation, mean_saturation_point, saturation_point
    from bayescale.risk.decisions.temperatures import BestMixture, Mixture
    from bayescale.risk.estimators import ESTIMATORS
    from bayescale.risk.estimators.beta_binomial import beta_asr, beta_binomial, fit_beta_binomial
    from bayescale.risk.estimators.coverage_line import coverage_line_brown, coverage_line_hughes
    from bayescale.risk.estimators.exact import (
        best_of_n,
        best_of_n_divergence,
        mean_pass_at_k,
        pass_at_k,
        pass_at_k_variance,
        pass_hat_k,
    )
    from bayescale.risk.estimators.naive import naive
    from bayescale.risk.estimators.saber import anchored, plugin, plugin_asr, saber_budget
    from bayescale.risk.judge import Judge, calibrate_judge
    from bayescale.risk.mixing import MIXINGS
    from bayescale.risk.result import Risk, fit_risk
    from bayescale.risk.selection.rewards import RewardCurve, noisy_best_of_n, normal_best_of_n, reward_curve
    from bayescale.risk.selection.verifiers import best_tries, majority_vote, verified
    from bayescale.risk.selection.voting import (
        best_of_majority,
        best_of_majority_accuracy,
        first_to_lead_by,
        least_lead,
        mode_is_right,
        voting_limit,
    )
    from bayescale.risk.tails.tail import Tail, fit_tail
    from bayescale.scaling.evaluation.backtest import Backtest, backtest
    from bayescale.scaling.fit import fit
    from bayescale.scaling.result import Fit, load
    from bayescale.scaling.sampling.sampler import Sampler
    from bayescale.scaling_laws.catalog.learning_rate import schedule_features
    from bayescale.scaling_laws.catalog.other import arise
    from bayescale.scaling_laws.expression import Link, Scale, floor, joined, power, scaled_power, term
    from bayescale.scaling_laws.law import Law
    from bayescale.scaling_laws.prior import Prior, logitnormal, lognormal, normal
    from bayescale.scaling_laws.projection import projektor
    from bayescale.scaling_laws.registry import law, laws
    from bayescale.scaling_laws.toml import read_law

    __version__: str

#: Where each public name stands; imported when first asked for, so that `import bayescale` costs nothing.
_HOMES = {
    "bayescale.scaling.evaluation.backtest": ("Backtest", "backtest"),
    "bayescale.maintenance.store.posteriors": ("Store",),
    "bayescale.calibration.loss_laws": ("check_calibration",),
    "bayescale.calibration.prior_predictive": ("prior_predictive",),
    "bayescale.calibration.mixing_laws": ("check_risk_calibration",),
    "bayescale.data.trials": ("Trials", "read_trials"),
    "bayescale.report.loss.content": ("loss_report",),
    "bayescale.report.risk.content": ("risk_report",),
    "bayescale.risk.decisions.ask_tell": ("DynamicSampler",),
    "bayescale.risk.estimators": ("ESTIMATORS",),
    "bayescale.risk.estimators.beta_binomial": ("beta_asr", "beta_binomial", "fit_beta_binomial"),
    "bayescale.risk.estimators.coverage_line": ("coverage_line_brown", "coverage_line_hughes"),
    "bayescale.risk.estimators.naive": ("naive",),
    "bayescale.risk.estimators.saber": ("anchored", "plugin", "plugin_asr", "saber_budget"),
    "bayescale.risk.estimators.exact": (
        "best_of_n",
        "best_of_n_divergence",
        "mean_pass_at_k",
        "pass_at_k",
        "pass_at_k_variance",
        "pass_hat_k",
    ),
    "bayescale.risk.result": ("Risk", "fit_risk"),
    "bayescale.risk.judge": ("Judge", "calibrate_judge"),
    "bayescale.risk.mixing": ("MIXINGS",),
    "bayescale.risk.decisions.policies": ("PolicyChoice", "inference_multiplier"),
    "bayescale.risk.selection.rewards": ("RewardCurve", "noisy_best_of_n", "normal_best_of_n", "reward_curve"),
    "bayescale.risk.decisions.saturation": ("Saturation", "mean_saturation_point", "saturation_point"),
    "bayescale.risk.tails.tail": ("Tail", "fit_tail"),
    "bayescale.risk.decisions.temperatures": ("BestMixture", "Mixture"),
    "bayescale.risk.selection.verifiers": ("best_tries", "majority_vote", "verified"),
    "bayescale.risk.selection.voting": (
        "best_of_majority",
        "best_of_majority_accuracy",
        "first_to_lead_by",
        "least_lead",
        "mode_is_right",
        "voting_limit",
    ),
    "bayescale.data.runs": ("Runs", "read_runs"),
    "bayescale.errors": ("BayescaleError", "ChecksFailed", "InputError", "LawError", "StoredPosteriorError"),
    "bayescale.scaling.result": ("Fit", "load"),
    "bayescale.scaling.fit": ("fit",),
    "bayescale.scaling.sampling.sampler": ("Sampler",),
    "bayescale.scaling_laws.registry": ("law", "laws"),
    "bayescale.scaling_laws.toml": ("read_law",),
    "bayescale.scaling_laws.expression": ("Link", "Scale", "floor", "joined", "power", "scaled_power", "term"),
    "bayescale.scaling_laws.law": ("Law",),
    "bayescale.scaling_laws.catalog.other": ("arise",),
    "bayescale.scaling_laws.prior": ("Prior", "logitnormal", "lognormal", "normal"),
    "bayescale.scaling_laws.projection": ("projektor",),
    "bayescale.scaling_laws.catalog.learning_rate": ("schedule_features",),
    "bayescale.plots.backtest": ("plot_backtest",),
    "bayescale.plots.allocation": ("plot_allocation", "plot_isoflop"),
    "bayescale.plots.calibration": ("plot_calibration",),
    "bayescale.plots.decisions": ("plot_compare", "plot_crossover", "plot_next_run"),
    "bayescale.plots.prior_posterior": ("plot_prior_posterior",),
    "bayescale.plots.law": ("plot_fit", "plot_forecast"),
    "bayescale.plots.forecast_log": ("plot_ledger",),
    "bayescale.plots.parameters": ("plot_exponents", "plot_parameters"),
    "bayescale.plots.residuals": ("plot_residuals",),
    "bayescale.plots.risk": ("plot_asr", "plot_laws"),
    "bayescale.plots.shrinkage": ("plot_shrinkage",),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "ESTIMATORS",
    "MIXINGS",
    "Backtest",
    "BayescaleError",
    "BestMixture",
    "ChecksFailed",
    "DynamicSampler",
    "Fit",
    "InputError",
    "Judge",
    "Law",
    "LawError",
    "Link",
    "Mixture",
    "PolicyChoice",
    "Prior",
    "RewardCurve",
    "Risk",
    "Runs",
    "Sampler",
    "Saturation",
    "Scale",
    "Store",
    "StoredPosteriorError",
    "Tail",
    "Trials",
    "__version__",
    "anchored",
    "arise",
    "backtest",
    "best_of_majority",
    "best_of_majority_accuracy",
    "best_of_n",
    "best_of_n_divergence",
    "best_tries",
    "beta_asr",
    "beta_binomial",
    "calibrate_judge",
    "check_calibration",
    "check_risk_calibration",
    "coverage_line_brown",
    "coverage_line_hughes",
    "first_to_lead_by",
    "fit",
    "fit_beta_binomial",
    "fit_risk",
    "fit_tail",
    "floor",
    "inference_multiplier",
    "joined",
    "law",
    "laws",
    "least_lead",
    "load",
    "logitnormal",
    "lognormal",
    "loss_report",
    "majority_vote",
    "mean_pass_at_k",
    "mean_saturation_point",
    "mode_is_right",
    "naive",
    "noisy_best_of_n",
    "normal",
    "normal_best_of_n",
    "pass_at_k",
    "pass_at_k_variance",
    "pass_hat_k",
    "plot_allocation",
    "plot_asr",
    "plot_backtest",
    "plot_calibration",
    "plot_compare",
    "plot_crossover",
    "plot_exponents",
    "plot_fit",
    "plot_forecast",
    "plot_isoflop",
    "plot_laws",
    "plot_ledger",
    "plot_next_run",
    "plot_parameters",
    "plot_prior_posterior",
    "plot_residuals",
    "plot_shrinkage",
    "plugin",
    "plugin_asr",
    "power",
    "prior_predictive",
    "projektor",
    "read_law",
    "read_runs",
    "read_trials",
    "reward_curve",
    "risk_report",
    "saber_budget",
    "saturation_point",
    "scaled_power",
    "schedule_features",
    "term",
    "verified",
    "voting_limit",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        value: Any = version("bayescale")
    elif name in _HOME:
        value = getattr(import_module(_HOME[name]), name)
    else:
        raise AttributeError(f"module 'bayescale' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
