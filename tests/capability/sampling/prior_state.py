"""States and scores drawn from the prior of the capability model: every transition must leave their law unchanged."""

import numpy as np
from scipy.special import expit

from bayescale.capability.priors import PRIORS, ScalePrior
from bayescale.capability.sampling.gibbs import Gibbs
from bayescale.capability.scores import Scores
from bayescale.capability.state import State, mean_slope


def small_scores() -> Scores:
    """Seven models of three families on three benchmarks, one blank score and one unknown compute."""
    score = np.full((7, 3), 0.5)
    score[2, 1] = np.nan
    return Scores(
        models=tuple("abcdefg"),
        families=("x", "y", "z"),
        benchmarks=("p", "q", "r"),
        family=np.array([0, 0, 0, 1, 1, 2, 2]),
        log10_flops=np.array([21.0, 22.0, 23.0, 21.5, 22.5, 22.0, 23.0]),
        unknown_scale=np.array([0, 0, 0, 0, 0.3, 0, 0]),
        score=score,
        chance=np.array([0.25, 0.0, 0.0]),
        items=np.array([100.0, 100.0, 400.0]),
    )


def from_prior(gibbs: Gibbs, chains: int, rng: np.random.Generator) -> State:
    """Draw states from the prior, and scores given them, one set for each chain."""
    scores, dimensions = gibbs.scores, gibbs.dimensions
    models, benchmarks = scores.score.shape
    families = len(scores.families)

    def scale(prior: ScalePrior, count: int) -> np.ndarray:
        return np.exp(rng.normal(prior.log_median, prior.spread, (chains, count)))

    efficiency_scale, slope_scale = scale(PRIORS.efficiency_scale, dimensions), scale(PRIORS.slope_scale, dimensions)
    model_scale = scale(PRIORS.model_scale, dimensions)
    offset_scale, residual_scale = scale(PRIORS.offset_scale, benchmarks), scale(PRIORS.residual_scale, benchmarks)
    normal = rng.standard_normal
    state = State(
        latent=np.zeros((chains, models, benchmarks)),
        compute=scores.compute + scores.unknown_scale * normal((chains, models)),
        capability=np.zeros((chains, models, dimensions)),
        coefficient=gibbs.prior_mean + gibbs.prior_scale * normal((chains, benchmarks, 2 + dimensions)),
        offset=offset_scale[:, None] * normal((chains, families, benchmarks)),
        offset_scale=offset_scale,
        residual_scale=residual_scale,
        efficiency=efficiency_scale[:, None] * normal((chains, families, dimensions)),
        slope=mean_slope(dimensions) + slope_scale[:, None] * normal((chains, families, dimensions)),
        efficiency_scale=efficiency_scale,
        slope_scale=slope_scale,
        model_scale=model_scale,
    )
    state.capability = gibbs.lines(state) + model_scale[:, None] * normal(state.capability.shape)
    state.latent = gibbs.predictor(state) + residual_scale[:, None] * normal(state.latent.shape)
    mean = scores.chance + (1 - scores.chance) * expit(state.latent)
    gibbs.score = mean + np.sqrt(scores.variance) * normal(mean.shape)
    return state


def normal_scores(gibbs: Gibbs, state: State) -> dict[str, np.ndarray]:
    """Standardise variables by their priors: each value (chain, n) is standard normal for a state of the prior."""
    scales = {name: getattr(state, name) for name in SCALES}
    values = {
        name: (np.log(value) - getattr(PRIORS, name).log_median) / getattr(PRIORS, name).spread
        for name, value in scales.items()
    }
    values["coefficient"] = (state.coefficient - gibbs.prior_mean) / gibbs.prior_scale
    values["offset"] = state.offset / state.offset_scale[:, None]
    values["efficiency"] = state.efficiency / state.efficiency_scale[:, None]
    values["slope"] = (state.slope - mean_slope(gibbs.dimensions)) / state.slope_scale[:, None]
    values["capability"] = (state.capability - gibbs.lines(state)) / state.model_scale[:, None]
    values["latent"] = ((state.latent - gibbs.predictor(state)) / state.residual_scale[:, None])[:, gibbs.measured > 0][
        ..., None
    ]
    unknown = gibbs.unknown
    values["compute"] = (state.compute - gibbs.scores.compute)[:, unknown] / gibbs.scores.unknown_scale[unknown]
    return {name: value.reshape(len(value), -1) for name, value in values.items()}


SCALES = ("efficiency_scale", "slope_scale", "model_scale", "offset_scale", "residual_scale")
