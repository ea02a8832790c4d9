"""The form of a table of trials, one row per problem or one row per attempt, by its columns."""

from collections.abc import Sequence
from difflib import get_close_matches

from bayescale.core.notes import Note
from bayescale.data.trials_validation.groups import COUNTS, FIRST, plain_name, role
from bayescale.errors import closest

PER_PROBLEM = ("problem", *COUNTS, "cluster", FIRST)
PER_ATTEMPT = ("problem", "success", "error", "attempt", "cluster")

#: Other names of optional columns, written as `plain_name` writes them.
_SYNONYMS = {
    **dict.fromkeys(
        (
            *("nerrors", "numerrors", "errorcount", "failed", "failures", "nfailed", "numfailed", "nfailures"),
            *("failedcalls", "apierrors", "ntimeout", "ntimeouts", "timeouts", "crashes", "invalid", "ninvalid"),
        ),
        "errors",
    ),
    **dict.fromkeys(("timeout", "exception", "apierror", "errormessage", "failedcall"), "error"),
    **dict.fromkeys(
        ("attemptid", "attemptindex", "trial", "trialid", "sampleindex", "epoch", "repeat", "seed"), "attempt"
    ),
    **dict.fromkeys(("clusterid", "duplicateof", "nearduplicateof"), "cluster"),
}


def form(names: Sequence[str]) -> tuple[bool, list[str]]:
    """Return the form of a table with these columns.

    Parameters
    ----------
    names : sequence of str
        Names of the columns.

    Returns
    -------
    per_attempt : bool
        Whether the table has one row per attempt, else per problem.
    problems : list of str
        Messages on columns that are missing or belong to the other form.
    """
    per_attempt = "success" in names
    counted = [name for name in COUNTS[:2] if name in names]
    messages = []
    if per_attempt and counted:
        messages.append(
            f"column 'success' (one row per attempt) and {' and '.join(map(repr, counted))} (one row per problem) "
            "exclude each other; read counts with rename={'success': 'successes'}, or rename the other columns."
        )
    elif not per_attempt and not counted:
        guess = "successes" if any("successes" in name.lower() for name in names) else "success"
        messages.append(
            "the table has neither a column 'success' (one row per attempt) nor 'attempts' and 'successes' (one row "
            f"per problem).{closest(guess, names)} {_rename_hint(guess)}"
        )
    else:
        messages += [_missing(name, names) for name in ([] if per_attempt else COUNTS[:2]) if name not in names]
        messages += _of_the_other_form(names, per_attempt)
    if "problem" not in names:
        messages.append(_missing("problem", names))
    return per_attempt, messages


def _missing(name: str, names: Sequence[str]) -> str:
    return f"column {name!r} is not in the table.{closest(name, names)} {_rename_hint(name)}"


def _rename_hint(name: str) -> str:
    return f"Name it with rename={{source name: {name!r}}} (--rename NAME={name} on the command line)."


def _of_the_other_form(names: Sequence[str], per_attempt: bool) -> list[str]:
    """Messages on columns that belong to the other form."""
    known, other = (PER_ATTEMPT, PER_PROBLEM) if per_attempt else (PER_PROBLEM, PER_ATTEMPT)
    this, that = ("attempt", "problem") if per_attempt else ("problem", "attempt")
    messages = []
    for name in names:
        if name in other and name not in known:
            match = get_close_matches(name, [column for column in known if column not in names], n=1)
            fix = f"did you mean {match[0]!r}? If not, give" if match else "give"
            messages.append(
                f"column {name!r} belongs to tables with one row per {that}, and this one has one row per {this}; "
                f"{fix} it another name with rename={{{name!r}: ...}}."
            )
    return messages


def misspelt_columns(names: Sequence[str], per_attempt: bool) -> list[Note]:
    """Return notes on columns that look like another name of an optional column.

    Parameters
    ----------
    names : sequence of str
        Names of the columns.
    per_attempt : bool
        Whether the table has one row per attempt.

    Returns
    -------
    list of Note
        The notes.
    """
    known = PER_ATTEMPT if per_attempt else PER_PROBLEM
    missing = [name for name in known if name not in names and name != FIRST]
    matches = {name: _likely_column(name, missing) for name in names if name not in known and role(name) is None}
    return [
        Note("unused_column", f"Column {name!r} is not used; if it is {match!r}, use rename={{{name!r}: {match!r}}}.")
        for name, match in matches.items()
        if match
    ]


def _likely_column(name: str, missing: Sequence[str]) -> str:
    """The missing column that a name probably means; "" where it means none."""
    if (synonym := _SYNONYMS.get(plain_name(name), "")) in missing:
        return synonym
    return next(iter(get_close_matches(name.lower(), missing, n=1, cutoff=0.8)), "")
