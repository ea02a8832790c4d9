"""Notes on the counts of problems: near-duplicates, regularity, a design that counts contradict, shared problems."""

from bayescale.core.notes import Note
from bayescale.risk.design_notes import regularity
from bayescale.risk.problems import LEAST_SHARED, MOST_GROUPS, MOST_ROWS, Problems
from bayescale.risk.sampling_design import design_of


def count_notes(problems: Problems) -> tuple[Note, ...]:
    """Return notes on near-duplicates, on counts too regular to be attempts, and on a design that counts contradict.

    Parameters
    ----------
    problems : Problems
        The counts.

    Returns
    -------
    tuple of Note
        The notes, without repetitions.
    """
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


def crossing_notes(problems: Problems) -> tuple[Note, ...]:
    """Return a note on problems that were tried in several groups.

    Parameters
    ----------
    problems : Problems
        The counts.

    Returns
    -------
    tuple of Note
        One note, or none where groups share too few problems.
    """
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
