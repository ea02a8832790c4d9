"""The best weights of a training mixture for a budget of compute, with their uncertainty and the next proxy runs."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from bayescale.core.display import Page, Shown
from bayescale.core.summary import number, require_prob, summarise
from bayescale.data.quantities import SUM_TOLERANCE, WEIGHT_PREFIX, weight_columns
from bayescale.errors import InputError, LawError
from bayescale.scaling.decisions.mixtures.proxy_runs import next_proxies
from bayescale.scaling.decisions.mixtures.search import MixtureLosses, best_weights
from bayescale.scaling.posterior import FittedLaws
from bayescale.scaling.predict.response_mean import shares

type Array = NDArray[np.float64]

MOST_DRAWS = 200  # whose optimum is searched


@dataclass(frozen=True, repr=False)
class MixtureChoice(Shown):
    """The recommended mixture, and how certain it is.

    Attributes
    ----------
    dataset : Dataset
        `weight` (draw, domain), the best weights in each draw; `loss` and `baseline_loss` (draw), the weighted mean
        loss of the law at the recommended and at the baseline weights; `gain`, their difference.
    table : DataFrame
        One row per domain: `domain`, `recommended` (the weights of the least posterior mean loss), median, lower and
        upper of the draws' best weights, `baseline`, `measured_low` and `measured_high` (weights of the runs) and
        `flag`, where the recommended weight lies at an end of what was searched.
    gain : DataFrame
        One row: median, lower and upper of the loss at the recommended weights and of the `gain` over the baseline,
        and `better`, the probability of a gain above zero.
    losses : DataFrame
        One row per response: its share in the mean loss, and median, lower and upper of its loss at the recommended
        weights and of its gain.
    proxies : DataFrame
        The next runs to make, at the size of the smallest runs, best first: weights and `explained`, the share of the
        variance of the best weights that the runs up to this row explain.
    n_params, n_tokens : float
        The run that the mixture is for.
    prob : float
        Probability of the intervals.
    """

    dataset: xr.Dataset
    table: pd.DataFrame
    gain: pd.DataFrame
    losses: pd.DataFrame
    proxies: pd.DataFrame
    n_params: float
    n_tokens: float
    prob: float

    @property
    def weights(self) -> dict[str, float]:
        """The recommended weights, by column."""
        return dict(zip(WEIGHT_PREFIX + self.table["domain"], self.table["recommended"], strict=True))

    @property
    def _page(self) -> Page:
        row = self.gain.iloc[0]
        title = (
            f"Best mixture for {self.n_params:.3g} parameters and {self.n_tokens:.3g} tokens: "
            f"{100 * row['better']:.0f} % likely better than the baseline, by "
            f"{row['gain_median']:.3g}; {100 * self.prob:.4g} % intervals"
        )
        return Page(title, self.table)


def mixture(
    self: FittedLaws,
    flops: float,
    weights_of_losses: Mapping[str, float] | None = None,
    prob: float = 0.9,
    *,
    tokens_per_param: float | None = None,
    baseline: Mapping[str, float] | None = None,
    within_data: bool = True,
    n_proxies: int = 3,
) -> MixtureChoice:
    """Find the weights of a training mixture that minimise a weighted mean of the responses.

    The recommended weights minimise the posterior mean of the weighted mean loss of the law. The credible region is
    that of the weights that are best in each of up to 200 draws.

    Parameters
    ----------
    flops : float
        Training compute of the run, 6·N·D, in FLOP.
    weights_of_losses : mapping of str to float, optional
        Weight of each response (family of the fit) in the mean; by default all alike. They are divided by their sum.
    prob : float, default 0.9
        Probability of the equal-tailed intervals.
    tokens_per_param : float, optional
        Tokens per parameter of the run; by default that of the largest training run.
    baseline : mapping of str to float, optional
        Weights that the recommendation is compared with, by domain or by column. By default the mean of the runs'.
    within_data : bool, default True
        Whether each weight stays between the least and the greatest of the runs.
    n_proxies : int, default 3
        Number of next runs that are proposed.

    Returns
    -------
    MixtureChoice
        Weights, gain and next runs.

    Raises
    ------
    LawError
        If the fit is a stack, or its law does not take `n_params`, `n_tokens` and weights alone.
    InputError
        If an argument cannot be used.

    Notes
    -----
    The searches are convex for every mixture law of the catalogue. Noise of runs and a discrepancy do not enter: they
    belong to the measured loss, not to what the law says of a mixture.
    """
    require_prob(prob)
    domains = _domains(self)
    share = np.array([*shares(self, weights_of_losses).values()])
    n_params, n_tokens = _run(self, flops, tokens_per_param)
    measured = _measured(self, domains)
    low, high = (measured.min(axis=0), measured.max(axis=0)) if within_data else (0 * measured[0], 1 + 0 * measured[0])
    ends = (measured.min(axis=0), measured.max(axis=0))
    base = _baseline(baseline, domains, measured)
    losses = MixtureLosses.of(self, domains, share, n_params, n_tokens, MOST_DRAWS)
    recommended = best_weights(losses, low, high, mean=True)[0]
    best = best_weights(losses, low, high, mean=False)
    each, each_base = losses.by_response(recommended), losses.by_response(base)
    loss, base_loss = each @ share, each_base @ share
    gain = base_loss - loss
    proxies = next_proxies(losses.at(*_smallest(self)), best, recommended, ends, n_proxies, _noise(self))
    dataset = xr.Dataset(
        {
            "weight": (("draw", "domain"), best),
            "loss": ("draw", loss),
            "baseline_loss": ("draw", base_loss),
            "gain": ("draw", gain),
        },
        {"domain": domains},
        {"n_params": n_params, "n_tokens": n_tokens, "response": self.response},
    )
    table = pd.DataFrame({"domain": domains, "recommended": recommended}).assign(
        **summarise(best[None], prob, "best"),
        baseline=base,
        measured_low=measured.min(axis=0),
        measured_high=measured.max(axis=0),
        flag=[_flag(*row) for row in zip(recommended, low, high, strict=True)],
    )
    columns = [WEIGHT_PREFIX + name for name in domains]
    gains = pd.DataFrame(
        {**summarise(loss[None, :, None], prob, "loss"), **summarise(gain[None, :, None], prob, "gain")}
    ).assign(better=float((gain > 0).mean()))
    responses = pd.DataFrame({"response": self.families, "share": share}).assign(
        **summarise(each[None], prob, "loss"), **summarise((each_base - each)[None], prob, "gain")
    )
    proposed = pd.DataFrame(proxies.weights, columns=columns).assign(explained=proxies.explained)
    return MixtureChoice(dataset, table, gains, responses, proposed, n_params, n_tokens, prob)


def _domains(laws: FittedLaws) -> list[str]:
    """Domains of the law's weights."""
    if laws.is_stack:
        raise LawError("mixture takes a fit of one law: use one of .members")
    columns = weight_columns(laws.inputs)
    others = set(laws.inputs) - {"n_params", "n_tokens", *columns}
    if len(columns) < 2 or others or not {"n_params", "n_tokens"} <= set(laws.inputs):
        raise LawError(
            f"law {laws.law.name!r} takes {', '.join(laws.inputs)}: mixture needs a law of n_params, n_tokens and two "
            "or more weights, such as 'mixture_effective'"
        )
    return [column.removeprefix(WEIGHT_PREFIX) for column in columns]


def _run(laws: FittedLaws, flops: float, ratio: float | None) -> tuple[float, float]:
    """Parameters and tokens of a budget."""
    budget = number("flops", flops, "such as 1e21")
    if ratio is None:
        inputs = laws.posterior.design.inputs
        largest = int(np.argmax(inputs["n_params"] * inputs["n_tokens"]))
        ratio = float(inputs["n_tokens"][largest] / inputs["n_params"][largest])
    else:
        ratio = number("tokens_per_param", ratio, "such as 20")
    n_params = float(np.sqrt(budget / (6 * ratio)))
    return n_params, ratio * n_params


def _smallest(laws: FittedLaws) -> tuple[float, float]:
    """Parameters, and most tokens, of the smallest training runs."""
    inputs = laws.posterior.design.inputs
    n_params = float(inputs["n_params"].min())
    return n_params, float(inputs["n_tokens"][inputs["n_params"] <= 1.01 * n_params].max())


def _noise(laws: FittedLaws) -> Array:
    """Median scale of the noise of one run of each response, relative to its loss (response,)."""
    functions, families = laws.posterior.functions, np.arange(len(laws.families))
    of_all = np.hypot(functions.noise["noise_floor"], functions.noise.get("noise_run", 0.0))
    scale = of_all[..., None] * functions.noise_loading(families)
    return np.asarray(np.median(scale, axis=(0, 1)) * np.ones(len(families)))


def _measured(laws: FittedLaws, domains: list[str]) -> Array:
    """Weights of the training rows (row, domain)."""
    inputs = laws.posterior.design.inputs
    return np.column_stack([inputs[WEIGHT_PREFIX + name] for name in domains])


def _baseline(baseline: Mapping[str, float] | None, domains: list[str], measured: Array) -> Array:
    """Weights of the baseline, which sum to 1."""
    if baseline is None:
        return np.asarray(np.unique(measured.round(6), axis=0).mean(axis=0))
    weight_of = {name.removeprefix(WEIGHT_PREFIX): value for name, value in baseline.items()}
    problems = [f"no domain {name!r} among {', '.join(domains)}" for name in weight_of if name not in domains]
    problems += [f"{name}: {value!r} must be from 0 to 1" for name, value in weight_of.items() if not 0 <= value <= 1]
    weights = np.array([float(weight_of.get(name, 0.0)) for name in domains])
    if not problems and abs(weights.sum() - 1) > SUM_TOLERANCE:
        problems.append(f"the weights sum to {weights.sum():.4g}, not to 1")
    if problems:
        raise InputError("baseline cannot be used:", problems)
    return np.asarray(weights / weights.sum())


def _flag(weight: float, low: float, high: float) -> str:
    """A note where a weight lies at an end of what was searched."""
    edge = 0.01 * (high - low)
    if weight <= low + edge:
        return "at the least weight searched"
    return "at the greatest weight searched" if weight >= high - edge else ""
