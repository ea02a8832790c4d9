"""Fit capabilities of models to their scores on several benchmarks: `fit_capability`."""

from collections.abc import Mapping, Sequence

from bayescale.capability.posterior import has_converged
from bayescale.capability.posterior_tree import to_tree
from bayescale.capability.result import Capability
from bayescale.capability.sampling.sampler import Variables, sample
from bayescale.capability.scores import scores_from_runs
from bayescale.core.arguments import checked
from bayescale.core.random import read_seed
from bayescale.data.reading import read_runs
from bayescale.data.runs import Runs
from bayescale.data.runs_validation.completeness import without_response
from bayescale.errors import ChecksFailed, InputError

LEAST_DRAWS, MOST_DRAWS = 50, 20_000
MOST_DIMENSIONS = 4


@checked
def fit_capability(
    table: object,
    benchmarks: Sequence[str],
    *,
    chance: Mapping[str, float] | None = None,
    items: Mapping[str, float] | None = None,
    family: str | None = "family",
    model: str = "model",
    dimensions: int = 2,
    draws: int = 300,
    random_seed: int | None = None,
) -> Capability:
    """Fit scores of models on several benchmarks by their compute and a few capabilities that benchmarks share.

    Each model has a capability in a few dimensions, which rises with the logarithm of its compute along the line of its
    family. Lines are pooled over families. A score is a logistic function of the capability between the chance level
    and 1, with a loading, a level and a curvature for each benchmark, deviations of families and of models, and the
    noise of a finite number of items. A score of 0, of 1 or below chance is data like any other, and blank scores and
    blank compute are allowed: a benchmark with few scores takes what is missing from the others.

    Parameters
    ----------
    table : Runs, path, DataFrame or str
        A `Runs`, or what `read_runs` takes, with one row per model: its name, its family, `flops` (or `n_params` and
        `n_tokens`) where it is known, and a column for each benchmark.
    benchmarks : sequence of str
        Columns of the scores, which are shares from 0 to 1.
    chance : mapping of str to float, optional
        Score of guessing by benchmark, such as {"mmlu": 0.25}; 0 where it is not stated.
    items : mapping of str to float, optional
        Number of items by benchmark, which bounds the precision of its scores; 1,000 where it is not stated.
    family : str or None, default "family"
        Column of the families; None takes all models as one family.
    model : str, default "model"
        Column with the names of the models.
    dimensions : int, default 2
        Number of dimensions of capability, from 1 to 4, and less than the number of benchmarks.
    draws : int, default 300
        Number of draws of each of eight chains, from 50 to 20,000; up to three times as many are taken where the chains
        have not converged.
    random_seed : int, optional
        Seed; None takes a fresh one. It is stored with the posterior.

    Returns
    -------
    Capability
        The posterior.

    Raises
    ------
    InputError
        For tables and arguments that cannot be used.
    ChecksFailed
        If the chains did not converge; the posterior is in the error's `fit`.

    References
    ----------
    Ruan, Maddison and Hashimoto (2024), arXiv:2405.10938; Maia Polo et al. (2024), arXiv:2412.06540.
    """
    if not LEAST_DRAWS <= draws <= MOST_DRAWS:
        raise InputError(f"draws={draws!r} must be a whole number from {LEAST_DRAWS} to {MOST_DRAWS}")
    if not 1 <= dimensions <= MOST_DIMENSIONS:
        raise InputError(f"dimensions={dimensions!r} must be a whole number from 1 to {MOST_DIMENSIONS}")
    if len(benchmarks) == 0:
        raise InputError("benchmarks=[] names no column: name the columns of the scores")
    seed = read_seed(random_seed)
    runs = table if isinstance(table, Runs) else read_runs(table, response=benchmarks[0])
    scores, notes = scores_from_runs(runs, benchmarks, family, model, chance or {}, items or {})
    used = min(dimensions, max(1, len(benchmarks) - 1))

    def enough(variables: Variables) -> bool:
        return has_converged(scores, {name: values for name, (_, values) in variables.items()})

    variables = sample(scores, used, draws, seed, enough)
    blank = without_response(runs.table, runs.response)
    every = (*(note for note in runs.notes if note not in blank), *notes)
    capability = Capability(to_tree(scores, variables, seed=seed, notes=every, source=runs.source, digest=runs.digest))
    if failures := capability.check().failures:
        raise ChecksFailed(
            f"the chains of the capability model did not converge: {'; '.join(failures)}. What to try: more draws "
            "(draws=1000), or fewer dimensions. The posterior is in this error's `fit`, for inspection only.",
            capability,
        )
    return capability
