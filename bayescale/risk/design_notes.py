"""Notes on the sampling design, and on counts that are too regular to be independent attempts."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bayescale.core.notes import Note
from bayescale.core.text import listing
from bayescale.risk.sampling_design import MAX_P_VALUE, Design

type Index = NDArray[np.int64]
type Whole = NDArray[np.int64]


def regularity(attempts: Whole, successes: Whole) -> list[Note]:
    """Return a note where every broken problem has exactly one success, more often than independent attempts give.

    Of problems broken in n attempts, the share with a single success is at most n (q^(1 - 1/n) - q) / (1 - q), with q
    the share not broken: n p (1 - p)^(n - 1) is a concave function of (1 - p)^n, so that equal rates maximise it
    (Jensen).

    Parameters
    ----------
    attempts, successes : ndarray of int, shape (n_problems,)
        Counts of one group.

    Returns
    -------
    list of Note
        One note, or none.
    """
    broken = successes > 0
    n = np.unique(attempts[broken])
    if len(n) != 1 or n[0] < 2 or (successes[broken] != 1).any():
        return []
    q = max(float(np.mean(~broken[attempts == n[0]])), 1 / (len(attempts) + 1))
    if broken.sum() * np.log(n[0] * (q ** (1 - 1 / n[0]) - q) / (1 - q)) > np.log(MAX_P_VALUE):
        return []
    return [
        Note(
            "single_successes",
            f"Each of the {int(broken.sum())} broken problems has exactly 1 success in {int(n[0]):,} attempts, which "
            "is improbable for independent attempts. Perhaps `attempts` holds a limit and `successes` whether any "
            "attempt succeeded. Give the attempts made until the first success (design='until_success'), or count all "
            "successes.",
        )
    ]


def design_notes(
    design: Design, group: Index, group_names: Sequence[str], groups: Sequence[Sequence[str]]
) -> tuple[Note, ...]:
    """Describe the design: whether it is declared or inferred, and what depends on it.

    Parameters
    ----------
    design : Design
        The design.
    group : ndarray of int, shape (n_problems,)
        Index of each problem's group.
    group_names : sequence of str
        Columns that make a group.
    groups : sequence of sequence of str
        Values of these columns, group by group.

    Returns
    -------
    tuple of Note
        The notes. Values of group columns are the names in them.
    """
    kinds = list(dict.fromkeys(design.kind))
    labels = [" ".join(f"{n}={v}" for n, v in zip(group_names, values, strict=True)) for values in groups]
    parts = [f"{kind}{_where(design, group, kind, labels, len(kinds) > 1)}" for kind in kinds]
    source = "declared" if design.declared else "inferred from the counts, not declared"
    names = [value for values in groups for value in values] if len(kinds) > 1 else []
    notes = [Note("sampling_design", f"Sampling design ({source}): {'; '.join(parts)}.", dict.fromkeys(names))]
    consequence = (
        "The likelihood is the same, so forecasts are not biased by that; rates such as successes over attempts are."
    )
    if "until_success" in kinds:
        sizes = sorted(set(design.batch[design.of("until_success")].tolist()) - {0, 1})
        step = f", in blocks of {', '.join(map(str, sizes))} attempts" if sizes else ""
        verb = "stopped" if design.declared else "seems to have stopped"
        notes.append(Note("stopped_at_success", f"Sampling {verb} at the first success{step}. {consequence}"))
    if "adaptive" in kinds:
        verb = "depends" if design.declared else "seems to depend"
        notes.append(
            Note(
                "adaptive_attempts",
                f"The number of attempts {verb} on outcomes: problems with fewer attempts have higher success rates. "
                f"{consequence}",
            )
        )
    if not design.declared and kinds != ["fixed"]:
        notes.append(
            Note(
                "inferred_design",
                "The measured shares below the attempts made and the predictive check depend on the inferred design; "
                "forecasts do not. Declare it with design='fixed', 'until_success' or 'adaptive' (--design).",
            )
        )
    return tuple(notes)


def _where(design: Design, group: Index, kind: str, labels: Sequence[str], several: bool) -> str:
    """In which groups a design occurs, and for how many problems where a group has several designs."""
    if not several:
        return ""
    of_kind, parts = design.of(kind), []
    for index in np.unique(group[of_kind]).tolist():
        count, total = int((of_kind & (group == index)).sum()), int((group == index).sum())
        part = f"{count} of {total} problems" if count < total else ""
        parts.append(f"{labels[index]} ({part})" if part and labels[index] else labels[index] or part)
    return f" in {listing(parts)}"
