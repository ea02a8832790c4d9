"""Fit time horizons to trials: `fit_horizon`."""

from collections.abc import Mapping

from bayescale.core.arguments import checked
from bayescale.core.random import read_seed
from bayescale.data.trials import Trials, read_trials
from bayescale.errors import ChecksFailed, InputError
from bayescale.horizon.cells import cells_from_trials
from bayescale.horizon.posterior_tree import to_tree
from bayescale.horizon.result import Horizon
from bayescale.horizon.sampler import sample

LEAST_DRAWS, MOST_DRAWS = 200, 20_000
_RESULT_COLUMNS = {"level", "minutes", "tasks", "attempts", "successes", "note", "share"}
_RESULT_PREFIXES = ("minutes_", "success_")


@checked
def fit_horizon(
    trials: object,
    *,
    agent: str = "model",
    release_dates: Mapping[str, object] | None = None,
    draws: int = 1200,
    random_seed: int | None = None,
) -> Horizon:
    """Fit the success of agents against the time that a human needs for the same tasks.

    The successes of agent j at task t are binomial, with logit slope_j · (log2 h_j − log2 minutes_t) + family effect
    + task effect + effect of the pair of agent and task, which makes repeats of one pair alike. All effects are normal;
    slopes are pooled over agents. Each agent's log2 h_j has its own wide prior and is not pooled, so that a weak agent
    is not drawn to strong ones.

    Parameters
    ----------
    trials : Trials, or what `read_trials` takes
        Counts of attempts and successes, with a column of agents and `human_minutes`, the time that a human needs for
        the task. Optional columns are `family` (related tasks) and `release_date` of the agent.
    agent : str, default "model"
        Name of the column of agents.
    release_dates : mapping of str to date or str, optional
        Release date of each agent, such as {"o1-preview": "2024-09-12"}, in place of the column `release_date`.
    draws : int, default 1200
        Number of draws of each of four chains, from 200 to 20,000; up to three times as many are taken where the
        chains have not converged.
    random_seed : int, optional
        Seed; None takes a fresh one. It is stored with the posterior.

    Returns
    -------
    Horizon
        The posterior.

    Raises
    ------
    InputError
        For trials and arguments that cannot be used.
    ChecksFailed
        If the chains did not converge; the posterior is in the error's `fit`.

    References
    ----------
    Kwa et al. (2025), arXiv:2503.14499.
    """
    if not LEAST_DRAWS <= draws <= MOST_DRAWS:
        raise InputError(f"draws={draws!r} must be a whole number from {LEAST_DRAWS} to {MOST_DRAWS}")
    if agent in _RESULT_COLUMNS or agent.startswith(_RESULT_PREFIXES):
        raise InputError(
            f"agent={agent!r} is the name of a column of the results: read the trials with "
            f"rename={{{agent!r}: '{agent}_name'}}"
        )
    seed = read_seed(random_seed)
    table = trials if isinstance(trials, Trials) else read_trials(trials)
    cells, notes = cells_from_trials(table, agent, release_dates)
    sampled = sample(cells, draws, seed)
    horizon = Horizon(to_tree(cells, sampled, seed=seed, notes=notes, source=table.source, digest=table.digest))
    if failures := horizon.check().failures:
        raise ChecksFailed(
            f"the chains of the horizon model did not converge: {'; '.join(failures)}. What to try: more draws "
            "(draws=5000). The posterior is in this error's `fit`, for inspection only.",
            horizon,
        )
    return horizon
