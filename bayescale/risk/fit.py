"""Fit a risk posterior to trials: `fit_risk`."""

from collections.abc import Sequence

from bayescale.core.arguments import checked
from bayescale.core.notes import Note
from bayescale.core.random import read_seed
from bayescale.data.trials import Trials, read_trials
from bayescale.errors import ChecksFailed, InputError
from bayescale.risk.design_notes import regularity
from bayescale.risk.judge import Judge
from bayescale.risk.mixing import mixings
from bayescale.risk.problems import LEAST_SHARED, MOST_GROUPS, MOST_ROWS, Problems, problems_from_trials
from bayescale.risk.result import Risk
from bayescale.risk.sampling.sampler import sample
from bayescale.risk.sampling_design import design_of, read_design

LEAST_DRAWS, MOST_DRAWS = 100, 100_000
_RESULT_COLUMNS = {
    *("attempts", "successes", "problems", "broken", "budget", "threshold", "side", "posterior", "prior"),  # forecasts
    *("problem", "broken_within"),  # table of problems
    *("law", "weight", "prior_weight", "log_evidence", "effective", "pareto_k", "common"),  # mixing laws
    *("statistic", "observed", "tail", "homogeneous"),  # checks, saturation
}
_RESULT_PREFIXES = ("these_", "new_", "reached_", "ceiling_", "rate_")


@checked
def fit_risk(
    trials: object,
    by: Sequence[str] | None = None,
    *,
    mixing: str | Sequence[str] | None = None,
    judge: Judge | None = None,
    draws: int = 1000,
    random_seed: int | None = None,
    design: str | None = None,
    crossed: bool = True,
) -> Risk:
    """Fit how the probability of success varies over problems, group by group.

    Parameters
    ----------
    trials : Trials, or what `read_trials` takes
        Counts of attempts and successes: a `Trials`, a path, a DataFrame.
    by : sequence of str, optional
        Columns that make groups, such as ["model", "attack"]. None takes the group columns of the trials
        (`Trials.groups`); [] makes one group.
    mixing : str or sequence of str, optional
        Names of mixing laws (keys of `bayescale.MIXINGS`). None averages the default laws by their evidence.
    judge : Judge, optional
        Error rates of the judge that decides on success. None takes every verdict as right.
    draws : int, default 1000
        Number of posterior draws, from 100 to 100,000.
    random_seed : int, optional
        Seed; None takes a fresh one. It is stored with the posterior.
    design : {"fixed", "until_success", "adaptive"}, optional
        What the number of attempts depended on: nothing ("fixed": set in advance), the first success ("until_success":
        sampling stopped there, or after the batch that held it), or outcomes in another way ("adaptive"). None infers
        it for each group and problem; notes state what was inferred and what depends on it. The posterior does not
        depend on the design, because the likelihood is the same.
    crossed : bool, default True
        Whether a problem that was tried in several groups has a difficulty that these groups share, so that attempts
        in one group inform the others by as much as the data show. This needs ten shared problems or more; problems are
        matched by `problem`. Otherwise groups share no problems, and are partially pooled: parameters of mixing laws
        are as alike as the data show.

    Returns
    -------
    Risk
        The posterior.

    Raises
    ------
    InputError
        For trials and arguments that cannot be used.
    ChecksFailed
        If a mixing law with a weight of 5 % or more was not explored; the posterior is in the error's `fit`.
    """
    if judge is not None and not isinstance(judge, Judge):
        raise InputError(f"judge={judge!r} must be a bayescale.Judge, such as Judge(false_positive_rate=(1, 99))")
    if isinstance(draws, bool) or not isinstance(draws, int) or not LEAST_DRAWS <= draws <= MOST_DRAWS:
        raise InputError(f"draws={draws!r} must be a whole number from {LEAST_DRAWS} to {MOST_DRAWS}")
    if not isinstance(crossed, bool):
        raise InputError(f"crossed={crossed!r} must be True or False")
    laws = mixings(mixing if mixing is None or isinstance(mixing, str) else tuple(mixing))
    seed, declared = read_seed(random_seed), read_design(design)
    table = trials if isinstance(trials, Trials) else read_trials(trials)
    grouped = table.grouped(by)
    _require_free_names(grouped.groups)
    problems = problems_from_trials(grouped, declared)
    notes = (*grouped.notes, *_count_notes(problems), *(_crossing_notes(problems) if crossed else ()))
    source, digest = grouped.source, table.digest
    risk = Risk(sample(problems, laws, judge, draws, seed, crossed=crossed, notes=notes, source=source, digest=digest))
    failures = risk.check().failures
    if failures:
        raise ChecksFailed(
            "importance sampling did not explore the risk posterior: "
            + "; ".join(failures)
            + ". What to try: one mixing law (mixing='beta'), or groups with more problems. "
            "The posterior is in this error's `fit`, for inspection only.",
            risk,
        )
    return risk


def _require_free_names(groups: Sequence[str]) -> None:
    """Raise InputError for group columns with the name of a column of the results."""
    taken = [name for name in groups if name in _RESULT_COLUMNS or name.startswith(_RESULT_PREFIXES)]
    if taken:
        raise InputError(
            f"group column {', '.join(map(repr, taken))} has the name of a column of the results: read the trials with "
            f"rename={{{taken[0]!r}: '{taken[0]}_group'}}, or leave it out of `by`"
        )


def _count_notes(problems: Problems) -> tuple[Note, ...]:
    """Notes on near-duplicates, on counts too regular to be attempts, and on a design that counts contradict."""
    notes = []
    if (problems.weight < 1).any():
        notes.append(
            Note(
                "near_duplicates",
                f"{int((problems.weight < 1).sum())} problems are near-duplicates of others (column cluster): each "
                "cluster counts as one problem in the fit; `these` still counts every problem.",
            )
        )
    for group in range(len(problems.groups)):
        tried = problems.tried(group)
        notes += regularity(problems.attempts[tried], problems.successes[tried])
    design, counts = problems.design, (problems.attempts, problems.successes, problems.errors)
    if design.declared and "fixed" in design.kind:
        inferred = design_of(*counts, problems.group, None).kind
        kinds = [kind for kind in dict.fromkeys(inferred) if kind != "fixed"]
        if kinds:
            notes.append(
                Note(
                    "declared_design_contradicted",
                    f"The declared design is fixed, but the counts look like {' and '.join(kinds)}: success rates fall "
                    "with the number of attempts. If the number of attempts depended on outcomes, pass@k and rates "
                    "of these data are biased.",
                )
            )
    return tuple(dict.fromkeys(notes))


def _crossing_notes(problems: Problems) -> tuple[Note, ...]:
    """A note on problems that were tried in several groups."""
    shared = problems.n_shared
    if shared < LEAST_SHARED:
        return ()
    if problems.too_many_to_cross:
        return (
            Note(
                "not_crossed",
                f"{shared} problems were tried in several groups, but there are more than {MOST_GROUPS} groups or "
                f"{MOST_ROWS:,} counts of them: groups are fitted as if they shared no problems. Select groups to use "
                "what they have in common.",
            ),
        )
    return (
        Note(
            "crossed_problems",
            f"{shared} problems were tried in several groups. Their difficulty is modelled as shared, with a "
            "correlation that is learnt, so that attempts in one group inform the others. Fit with crossed=False if "
            "equal names do not mean the same problem.",
        ),
    )
