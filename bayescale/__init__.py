"""Bayesian, uncertainty-aware scaling laws: forecasts of larger training runs that are right as often as they say."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bayescale.calibration.laws import check_calibration
    from bayescale.calibration.mixings import check_risk_calibration
    from bayescale.calibration.predictive import prior_predictive
    from bayescale.data.runs import Runs, read_runs
    from bayescale.data.trials import Trials, read_trials
    from bayescale.errors import BayescaleError, ChecksFailed, InputError, LawError, StoredPosteriorError
    from bayescale.fitted import Fit, load
    from bayescale.fitting import fit
    from bayescale.inference.sample import Sampler
    from bayescale.laws import law, laws
    from bayescale.laws.custom import read_law
    from bayescale.laws.grammar import Link, Scale, floor, joined, power, scaled_power, term
    from bayescale.laws.law import Law
    from bayescale.laws.other import arise
    from bayescale.laws.priors import Prior, logitnormal, lognormal, normal
    from bayescale.laws.projektor import projektor
    from bayescale.laws.schedule import schedule_features
    from bayescale.plots.backtest import plot_backtest
    from bayescale.plots.budgets import plot_allocation, plot_isoflop
    from bayescale.plots.calibration import plot_calibration
    from bayescale.plots.decisions import plot_compare, plot_crossover, plot_next_run
    from bayescale.plots.densities import plot_prior_posterior
    from bayescale.plots.law import plot_fit, plot_forecast
    from bayescale.plots.ledger import plot_ledger
    from bayescale.plots.parameters import plot_exponents, plot_parameters
    from bayescale.plots.residuals import plot_residuals
    from bayescale.plots.risk import plot_asr, plot_laws
    from bayescale.plots.shrinkage import plot_shrinkage
    from bayescale.report.loss import loss_report
    from bayescale.report.risk import risk_report
    from bayescale.risk.ask_tell import DynamicSampler
    from bayescale.risk.estimators import ESTIMATORS
    from bayescale.risk.estimators.beta_binomial import beta_asr, beta_binomial, fit_beta_binomial
    from bayescale.risk.estimators.coverage_line import coverage_line_brown, coverage_line_hughes
    from bayescale.risk.estimators.naive import naive
    from bayescale.risk.estimators.saber import anchored, plugin, plugin_asr, saber_budget
    from bayescale.risk.exact import (
        best_of_n,
        best_of_n_divergence,
        mean_pass_at_k,
        pass_at_k,
        pass_at_k_variance,
        pass_hat_k,
    )
    from bayescale.risk.fitted import Risk, fit_risk
    from bayescale.risk.judge import Judge, calibrate_judge
    from bayescale.risk.mixing import MIXINGS
    from bayescale.risk.policies import PolicyChoice, inference_multiplier
    from bayescale.risk.rewards import RewardCurve, noisy_best_of_n, normal_best_of_n, reward_curve
    from bayescale.risk.saturation import Saturation, mean_saturation_point, saturation_point
    from bayescale.risk.tail import Tail, fit_tail
    from bayescale.risk.temperatures import BestMixture, Mixture
    from bayescale.risk.verifiers import best_tries, majority_vote, verified
    from bayescale.risk.voting import (
        best_of_majority,
        best_of_majority_accuracy,
        first_to_lead_by,
        least_lead,
        mode_is_right,
        voting_limit,
    )
    from bayescale.scoring.backtest import Backtest, backtest
    from bayescale.store.posteriors import Store

    __version__: str

#: Where each public name stands; imported when first asked for, so that `import bayescale` costs nothing.
_HOMES = {
    "bayescale.scoring.backtest": ("Backtest", "backtest"),
    "bayescale.store.posteriors": ("Store",),
    "bayescale.calibration.laws": ("check_calibration",),
    "bayescale.calibration.predictive": ("prior_predictive",),
    "bayescale.calibration.mixings": ("check_risk_calibration",),
    "bayescale.data.trials": ("Trials", "read_trials"),
    "bayescale.report.loss": ("loss_report",),
    "bayescale.report.risk": ("risk_report",),
    "bayescale.risk.ask_tell": ("DynamicSampler",),
    "bayescale.risk.estimators": ("ESTIMATORS",),
    "bayescale.risk.estimators.beta_binomial": ("beta_asr", "beta_binomial", "fit_beta_binomial"),
    "bayescale.risk.estimators.coverage_line": ("coverage_line_brown", "coverage_line_hughes"),
    "bayescale.risk.estimators.naive": ("naive",),
    "bayescale.risk.estimators.saber": ("anchored", "plugin", "plugin_asr", "saber_budget"),
    "bayescale.risk.exact": (
        "best_of_n",
        "best_of_n_divergence",
        "mean_pass_at_k",
        "pass_at_k",
        "pass_at_k_variance",
        "pass_hat_k",
    ),
    "bayescale.risk.fitted": ("Risk", "fit_risk"),
    "bayescale.risk.judge": ("Judge", "calibrate_judge"),
    "bayescale.risk.mixing": ("MIXINGS",),
    "bayescale.risk.policies": ("PolicyChoice", "inference_multiplier"),
    "bayescale.risk.rewards": ("RewardCurve", "noisy_best_of_n", "normal_best_of_n", "reward_curve"),
    "bayescale.risk.saturation": ("Saturation", "mean_saturation_point", "saturation_point"),
    "bayescale.risk.tail": ("Tail", "fit_tail"),
    "bayescale.risk.temperatures": ("BestMixture", "Mixture"),
    "bayescale.risk.verifiers": ("best_tries", "majority_vote", "verified"),
    "bayescale.risk.voting": (
        "best_of_majority",
        "best_of_majority_accuracy",
        "first_to_lead_by",
        "least_lead",
        "mode_is_right",
        "voting_limit",
    ),
    "bayescale.data.runs": ("Runs", "read_runs"),
    "bayescale.errors": ("BayescaleError", "ChecksFailed", "InputError", "LawError", "StoredPosteriorError"),
    "bayescale.fitted": ("Fit", "load"),
    "bayescale.fitting": ("fit",),
    "bayescale.inference.sample": ("Sampler",),
    "bayescale.laws": ("law", "laws"),
    "bayescale.laws.custom": ("read_law",),
    "bayescale.laws.grammar": ("Link", "Scale", "floor", "joined", "power", "scaled_power", "term"),
    "bayescale.laws.law": ("Law",),
    "bayescale.laws.other": ("arise",),
    "bayescale.laws.priors": ("Prior", "logitnormal", "lognormal", "normal"),
    "bayescale.laws.projektor": ("projektor",),
    "bayescale.laws.schedule": ("schedule_features",),
    "bayescale.plots.backtest": ("plot_backtest",),
    "bayescale.plots.budgets": ("plot_allocation", "plot_isoflop"),
    "bayescale.plots.calibration": ("plot_calibration",),
    "bayescale.plots.decisions": ("plot_compare", "plot_crossover", "plot_next_run"),
    "bayescale.plots.densities": ("plot_prior_posterior",),
    "bayescale.plots.law": ("plot_fit", "plot_forecast"),
    "bayescale.plots.ledger": ("plot_ledger",),
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
