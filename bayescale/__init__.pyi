"""The public names of bayescale, listed once: `__init__.py` reads this file and imports each name on first use."""

from .calibration.arviz_groups import to_arviz as to_arviz
from .calibration.loss_laws import check_calibration as check_calibration
from .calibration.mixing_laws import check_risk_calibration as check_risk_calibration
from .calibration.prior_predictive import prior_predictive as prior_predictive
from .callbacks.tracking import Outlook as Outlook
from .callbacks.tracking import RunTracker as RunTracker
from .callbacks.trainers import lightning_callback as lightning_callback
from .callbacks.trainers import transformers_callback as transformers_callback
from .data.reading import read_runs as read_runs
from .data.runs import Runs as Runs
from .data.trials import Trials as Trials
from .data.trials import read_trials as read_trials
from .description.describe import describe as describe
from .description.result import Description as Description
from .errors import (
    BayescaleError as BayescaleError,
)
from .errors import (
    ChecksFailed as ChecksFailed,
)
from .errors import (
    InputError as InputError,
)
from .errors import (
    LawError as LawError,
)
from .errors import (
    StoredPosteriorError as StoredPosteriorError,
)
from .horizon.fit import fit_horizon as fit_horizon
from .horizon.forecast import HorizonTrend as HorizonTrend
from .horizon.result import Horizon as Horizon
from .loading import load as load
from .maintenance.store.posteriors import Store as Store
from .plots.allocation import plot_allocation as plot_allocation
from .plots.allocation import plot_isoflop as plot_isoflop
from .plots.backtest import plot_backtest as plot_backtest
from .plots.calibration import plot_calibration as plot_calibration
from .plots.decisions import plot_compare as plot_compare
from .plots.decisions import plot_crossover as plot_crossover
from .plots.decisions import plot_next_run as plot_next_run
from .plots.families.comparison import plot_families as plot_families
from .plots.forecast_log import plot_ledger as plot_ledger
from .plots.horizon.success import plot_success as plot_success
from .plots.horizon.trend import plot_horizons as plot_horizons
from .plots.law import plot_fit as plot_fit
from .plots.law import plot_forecast as plot_forecast
from .plots.law import plot_preview as plot_preview
from .plots.mixture import plot_mixture as plot_mixture
from .plots.parameters import plot_exponents as plot_exponents
from .plots.parameters import plot_parameters as plot_parameters
from .plots.prior_posterior import plot_prior_posterior as plot_prior_posterior
from .plots.residuals import plot_residuals as plot_residuals
from .plots.risk import plot_asr as plot_asr
from .plots.risk import plot_laws as plot_laws
from .plots.shrinkage import plot_shrinkage as plot_shrinkage
from .report.horizon import horizon_report as horizon_report
from .report.loss.content import loss_report as loss_report
from .report.render.wandb_run import log_forecast as log_forecast
from .report.risk.content import risk_report as risk_report
from .report.site.files import write_site as write_site
from .risk.decisions.dynamic_sampler import DynamicSampler as DynamicSampler
from .risk.decisions.mixtures import BestMixture as BestMixture
from .risk.decisions.mixtures import Mixture as Mixture
from .risk.decisions.policies import PolicyChoice as PolicyChoice
from .risk.decisions.policies import inference_multiplier as inference_multiplier
from .risk.decisions.saturation import Saturation as Saturation
from .risk.decisions.saturation import mean_saturation_point as mean_saturation_point
from .risk.decisions.saturation import saturation_point as saturation_point
from .risk.estimators import ESTIMATORS as ESTIMATORS
from .risk.estimators.beta_binomial import beta_asr as beta_asr
from .risk.estimators.beta_binomial import beta_binomial as beta_binomial
from .risk.estimators.beta_binomial import fit_beta_binomial as fit_beta_binomial
from .risk.estimators.coverage_line import coverage_line_brown as coverage_line_brown
from .risk.estimators.coverage_line import coverage_line_hughes as coverage_line_hughes
from .risk.estimators.exact import (
    best_of_n as best_of_n,
)
from .risk.estimators.exact import (
    best_of_n_divergence as best_of_n_divergence,
)
from .risk.estimators.exact import (
    mean_pass_at_k as mean_pass_at_k,
)
from .risk.estimators.exact import (
    pass_at_k as pass_at_k,
)
from .risk.estimators.exact import (
    pass_at_k_variance as pass_at_k_variance,
)
from .risk.estimators.exact import (
    pass_hat_k as pass_hat_k,
)
from .risk.estimators.naive import naive as naive
from .risk.estimators.saber import (
    anchored as anchored,
)
from .risk.estimators.saber import (
    plugin as plugin,
)
from .risk.estimators.saber import (
    plugin_asr as plugin_asr,
)
from .risk.estimators.saber import (
    saber_budget as saber_budget,
)
from .risk.fit import fit_risk as fit_risk
from .risk.judge import Judge as Judge
from .risk.judge import calibrate_judge as calibrate_judge
from .risk.mixing import MIXINGS as MIXINGS
from .risk.result import Risk as Risk
from .risk.selection.best_of_majority import (
    best_of_majority as best_of_majority,
)
from .risk.selection.best_of_majority import (
    best_of_majority_accuracy as best_of_majority_accuracy,
)
from .risk.selection.lead_vote import (
    first_to_lead_by as first_to_lead_by,
)
from .risk.selection.lead_vote import (
    least_lead as least_lead,
)
from .risk.selection.majority import majority_vote as majority_vote
from .risk.selection.majority import (
    mode_is_right as mode_is_right,
)
from .risk.selection.majority import (
    voting_limit as voting_limit,
)
from .risk.selection.noisy_best_of_n import (
    noisy_best_of_n as noisy_best_of_n,
)
from .risk.selection.noisy_best_of_n import (
    normal_best_of_n as normal_best_of_n,
)
from .risk.selection.reward_curve import (
    RewardCurve as RewardCurve,
)
from .risk.selection.reward_curve import (
    reward_curve as reward_curve,
)
from .risk.selection.verifiers import best_tries as best_tries
from .risk.selection.verifiers import verified as verified
from .risk.tails.tail import Tail as Tail
from .risk.tails.tail import fit_tail as fit_tail
from .scaling.decisions.hardware import Hardware as Hardware
from .scaling.evaluation.backtest import Backtest as Backtest
from .scaling.evaluation.backtest import backtest as backtest
from .scaling.fit import fit as fit
from .scaling.learned_priors import learn_priors as learn_priors
from .scaling.preview import preview as preview
from .scaling.responses import stack_responses as stack_responses
from .scaling.result import Fit as Fit
from .scaling.sampling.sampler import Sampler as Sampler
from .scaling_laws.catalog.data_mixing import mixture_law as mixture_law
from .scaling_laws.functions.projection import projektor as projektor
from .scaling_laws.functions.reasoning_efficiency import arise as arise
from .scaling_laws.functions.schedules import schedule_features as schedule_features
from .scaling_laws.law import Law as Law
from .scaling_laws.link import (
    Link as Link,
)
from .scaling_laws.link import (
    Scale as Scale,
)
from .scaling_laws.prior import (
    Prior as Prior,
)
from .scaling_laws.prior import (
    logitnormal as logitnormal,
)
from .scaling_laws.prior import (
    lognormal as lognormal,
)
from .scaling_laws.prior import (
    normal as normal,
)
from .scaling_laws.priors.prior_files import read_priors as read_priors
from .scaling_laws.priors.prior_table import PriorTable as PriorTable
from .scaling_laws.registry import law as law
from .scaling_laws.registry import laws as laws
from .scaling_laws.terms import (
    floor as floor,
)
from .scaling_laws.terms import (
    joined as joined,
)
from .scaling_laws.terms import (
    power as power,
)
from .scaling_laws.terms import (
    scaled_power as scaled_power,
)
from .scaling_laws.terms import (
    term as term,
)
from .scaling_laws.toml import read_law as read_law

__version__: str
