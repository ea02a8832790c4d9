"""What is wrong with a table of trials (problems, which stop) and what only looks odd (notes, which are shown).

Each function looks for one kind of thing and returns sentences: which column, which values, which rows, what is allowed
and what to do.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import numpy as np
import pandas as pd

from bayescale.core.text import count, in_rows, listing, values_in_rows
from bayescale.data.columns import as_numbers
from bayescale.data.trials_validation.groups import FIRST, is_bookkeeping, plain_name, role
from bayescale.errors import closest

COUNTS = ("attempts", "successes", "errors")
PER_PROBLEM = ("problem", *COUNTS, "cluster", FIRST)
PER_ATTEMPT = ("problem", "success", "error", "attempt", "cluster")
LARGEST_COUNT = 2**53  # beyond, a float64 does not tell whole numbers apart

#: What other tables call the columns that may be missing without a fault; written as `plain_name` does.
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

_COUNT_FIXES = {
    "attempts": "give how many attempts ran",
    "successes": "give how many attempts succeeded, 0 where none did",
    "errors": "give how many attempts did not run, 0 where all did",
}


def form(names: Sequence[str]) -> tuple[bool, list[str]]:
    """Whether a table with these columns has one row per attempt (else per problem), and what keeps it from either."""
    per_attempt = "success" in names
    counted = [name for name in COUNTS[:2] if name in names]
    found = []
    if per_attempt and counted:
        found.append(
            f"column 'success' (one row per attempt) and {' and '.join(map(repr, counted))} (one row per problem) do "
            "not go together; read counts with rename={'success': 'successes'}, or give the other columns other names."
        )
    elif not per_attempt and not counted:
        guess = "successes" if any("successes" in name.lower() for name in names) else "success"
        found.append(
            "neither a column 'success' (one row per attempt) nor 'attempts' and 'successes' (one row per problem)."
            f"{closest(guess, names)} {_renamed(guess)}"
        )
    else:
        found += [_missing(name, names) for name in ([] if per_attempt else COUNTS[:2]) if name not in names]
        found += _of_the_other_form(names, per_attempt)
    if "problem" not in names:
        found.append(_missing("problem", names))
    return per_attempt, found


def _missing(name: str, names: Sequence[str]) -> str:
    return f"column {name!r} is not in the table.{closest(name, names)} {_renamed(name)}"


def _renamed(name: str) -> str:
    return f"Name it with rename={{theirs: {name!r}}} (--rename theirs={name} on the command line)."


def _of_the_other_form(names: Sequence[str], per_attempt: bool) -> list[str]:
    ours, other = (PER_ATTEMPT, PER_PROBLEM) if per_attempt else (PER_PROBLEM, PER_ATTEMPT)
    this, that = ("attempt", "problem") if per_attempt else ("problem", "attempt")
    found = []
    for name in names:
        if name in other and name not in ours:
            match = get_close_matches(name, [known for known in ours if known not in names], n=1)
            fix = f"did you mean {match[0]!r}? If not, give" if match else "give"
            found.append(
                f"column {name!r} belongs to tables with one row per {that}, and this one has one row per {this}; "
                f"{fix} it another name with rename={{{name!r}: ...}}."
            )
    return found


def alike(names: Sequence[str], per_attempt: bool) -> list[str]:
    """Notes on columns that read like a misspelt column of ours."""
    known = PER_ATTEMPT if per_attempt else PER_PROBLEM
    missing = [name for name in known if name not in names and name != FIRST]
    matches = {name: _meant(name, missing) for name in names if name not in known and role(name) is None}
    return [
        f"Column {name!r} is not used; if it holds what {match!r} means, read it with rename={{{name!r}: {match!r}}}."
        for name, match in matches.items()
        if match
    ]


def _meant(name: str, missing: Sequence[str]) -> str:
    """The missing column of ours that a name stands for, "" where it stands for none."""
    if (synonym := _SYNONYMS.get(plain_name(name), "")) in missing:
        return synonym
    return next(iter(get_close_matches(name.lower(), missing, n=1, cutoff=0.8)), "")


def problems(table: pd.DataFrame, groups: Sequence[str]) -> list[str]:
    """Everything that keeps a table with one row per problem from being used, for the columns it has."""
    found = blank_problems(table) if "problem" in table.columns else []
    found += positions(table) if FIRST in table.columns else []
    values: dict[str, np.ndarray] = {}
    for name in COUNTS:
        if name in table.columns:
            values[name], wrong = as_numbers(table[name])
            found += not_counts(table, name, values[name], wrong)
    if len(values) == len(COUNTS):
        found += impossible(table, **values)
    if "problem" in table.columns:
        found += repeated(table, groups) or exported_twice(table, groups)
    return found


def positions(table: pd.DataFrame) -> list[str]:
    """What is wrong with positions of first successes that a table gives."""
    first, wrong = as_numbers(table[FIRST])
    counts = {name: as_numbers(table[name])[0] for name in COUNTS[:2] if name in table.columns}
    wrong |= ~np.isnan(first) & ((first < 1) | (first % 1 != 0))
    if len(counts) == 2:
        last = counts["attempts"] - counts["successes"] + 1
        wrong |= ~np.isnan(first) & ((first > last) | (counts["successes"] == 0))
    if not wrong.any():
        return []
    return [
        f"column {FIRST!r}: {_shown(table, FIRST, wrong)} must be the position of the first success among the "
        "attempts that ran, from 1 to attempts - successes + 1, or blank; give it another name with rename if it "
        "means something else."
    ]


def exported_twice(table: pd.DataFrame, groups: Sequence[str]) -> list[str]:
    """Rows that are equal but for columns that number or date them: one export, read more than once."""
    names = [*(name for name in groups if not is_bookkeeping(name)), "problem", *COUNTS]
    rest = [name for name in groups if is_bookkeeping(name)]
    keys = table[[name for name in names if name in table.columns]].astype(object).map(str)
    again = keys.duplicated(keep=False)
    if not rest or again.sum() < len(table):
        return []
    rows = [f"{in_rows(table['row'][same.index].tolist())}" for _, same in keys.groupby(list(keys.columns), sort=False)]
    return [
        f"every row stands more than once but for {listing(rest)}, which numbers or dates rows: "
        f"{listing(rows, separator='; ')}. The same export seems to be here several times: keep one. Counts of "
        "different attempts need a column that tells them apart by more than that."
    ]


def not_counts(table: pd.DataFrame, name: str, values: np.ndarray, wrong: np.ndarray) -> list[str]:
    """Values of a count column that are blank, no number, a share, negative, not whole, or too large."""
    fix = _COUNT_FIXES[name]
    blank = np.isnan(values) & ~wrong
    share, negative = (values > 0) & (values < 1), values < 0
    broken = wrong | (~blank & ~share & ~negative & ((values != np.floor(values)) | np.isinf(values)))
    large = np.isfinite(values) & (values >= LARGEST_COUNT)
    found = [f"column {name!r}: blank in {in_rows(_rows(table, blank))}; {fix}."] if blank.any() else []
    for where, says in (
        (share, f"is a share, not a count: multiply it by the attempts; {fix}"),
        (broken, f"is not a whole number; {fix}"),
        (negative, f"is negative; {fix}"),
        (large, f"is larger than any count (2**53): is it another column? {fix}"),
    ):
        if where.any():
            found.append(f"column {name!r}: {_shown(table, name, where)} {says}.")
    return found


def _rows(table: pd.DataFrame, where: np.ndarray) -> list[int]:
    return [int(row) for row in table["row"].to_numpy()[where]]


def _shown(table: pd.DataFrame, name: str, where: np.ndarray) -> str:
    return values_in_rows(table[name].to_numpy()[where].tolist(), _rows(table, where))


def impossible(table: pd.DataFrame, attempts: np.ndarray, successes: np.ndarray, errors: np.ndarray) -> list[str]:
    """Rows with more successes than attempts, or with neither attempts nor errors; NaN where a value was not read."""
    found = []
    more, none = (successes > attempts) & (attempts >= 0), (attempts == 0) & (errors == 0) & (successes == 0)
    if more.any():
        triples = zip(successes[more], attempts[more], _rows(table, more), strict=True)
        shown = listing([f"{got:g} of {tried:g} (row {row})" for got, tried, row in triples])
        found.append(
            f"more successes than attempts: {shown}; 'attempts' counts all that ran and 'successes' those among them, "
            "'errors' are part of neither."
        )
    if none.any():
        found.append(
            f"no attempts and no errors in {in_rows(_rows(table, none))}; a problem that was never tried says nothing: "
            "take it out, or count in 'errors' what did not run."
        )
    return found


def blank_problems(table: pd.DataFrame) -> list[str]:
    where = table["problem"].to_numpy() == ""
    if not where.any():
        return []
    return [f"column 'problem': blank in {in_rows(_rows(table, where))}; give the id of the problem (the prompt)."]


def repeated(table: pd.DataFrame, groups: Sequence[str]) -> list[str]:
    """Problems that stand in one group more than once; what is added up by `grouped` differs in some group column."""
    same: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    keys = zip(*(table[name].tolist() for name in ("problem", *groups)), table["row"].tolist(), strict=True)
    for *key, row in keys:
        if key[0]:
            same[tuple(key)].append(row)
    twice = [f"{key[0]!r} in {in_rows(rows)}" for key, rows in same.items() if len(rows) > 1]
    if not twice:
        return []
    within = f" with the same {', '.join(groups)}" if groups else ""
    return [
        f"the same problem more than once{within}: {listing(twice, separator='; ')}; add the counts of one problem up, "
        "or tell the rows apart by a column such as 'attack' or 'judge'."
    ]


def clustered_twice(table: pd.DataFrame, groups: Sequence[str]) -> list[str]:
    """Problems of one group that are said to be in more than one cluster."""
    if "cluster" not in table.columns:
        return []
    clusters = table.groupby([*groups, "problem"], sort=False)["cluster"].unique()
    several = clusters[clusters.map(len) > 1]
    shown = [
        f"problem {(key[-1] if isinstance(key, tuple) else key)!r} in {', '.join(map(repr, sorted(names)))}"
        for key, names in several.items()
    ]
    return [f"a problem is in one cluster: {listing(shown, separator='; ')}."] if shown else []


def labels_alike(table: pd.DataFrame, groups: Sequence[str]) -> list[str]:
    """Values of a group column that differ only in upper and lower case."""
    found = []
    for name in groups:
        spellings: defaultdict[str, list[str]] = defaultdict(list)
        for value in table[name].drop_duplicates():
            spellings[value.casefold()].append(value)
        same = [" and ".join(map(repr, values)) for values in spellings.values() if len(values) > 1]
        if same:
            found.append(f"Values of {name} that differ only in upper and lower case are kept apart: {listing(same)}.")
    return found


def told_apart(apart: Sequence[str]) -> list[str]:
    """A note on columns that tell problems of one id apart."""
    if not apart:
        return []
    return [f"Ids of problems are equal in several values of {listing(list(apart))}: these are different problems."]


def did_not_run(table: pd.DataFrame) -> list[str]:
    """How many attempts did not run, and which problems nothing ran for."""
    errors, attempts = int(table["errors"].sum()), int(table["attempts"].sum())
    if not errors:
        return []
    found = [
        f"{errors} of {errors + attempts} attempts did not run and are left out: they count neither as successes nor "
        "as failures."
    ]
    never = table["attempts"].to_numpy() == 0
    if never.any():
        names = listing([repr(name) for name in table["problem"].to_numpy()[never]])
        found.append(
            f"No attempt ran for {count(int(never.sum()), 'problem')} ({names}): kept with 0 attempts, of unknown risk."
        )
    return found


def mixed(table: pd.DataFrame, by: Sequence[str], others: Sequence[str]) -> list[str]:
    """Columns beyond `by` with more than one value inside a group, and how many rows that adds up."""
    keys = _keys(table, by)
    found = []
    several = {name: _several(table[name], keys) for name in others}
    shown = [f"{name} ({says})" for name, says in several.items() if says]
    if shown:
        found.append(f"Mixed inside a group: {listing(shown, separator='; ')}.")
    rows, problems = len(table), len(table[[*by, "problem"]].drop_duplicates())
    if rows > problems:
        found.append(f"{rows} rows were added up to {problems}, one per {', '.join([*by, 'problem'])}.")
    return found


def _keys(table: pd.DataFrame, by: Sequence[str]) -> "pd.Series[Any]":
    if not by:
        return pd.Series(0, index=table.index)
    return table.groupby(list(by), sort=False).ngroup()


def _several(column: "pd.Series[str]", keys: "pd.Series[Any]") -> str:
    """The values of the group that holds most of them, where one holds more than one."""
    numbers = column.groupby(keys).nunique()
    if numbers.max() < 2:
        return ""
    values = sorted(column[keys == numbers.idxmax()].unique())
    return listing([repr(value) for value in values])


def single_problems(table: pd.DataFrame, by: Sequence[str]) -> list[str]:
    """Groups of one problem: nothing there tells how problems differ."""
    keys = _keys(table, by)
    alone = table[keys.map(keys.value_counts()) == 1]
    if alone.empty:
        return []
    names = [_group_name(dict(zip(by, row, strict=True))) for row in alone[list(by)].itertuples(index=False)]
    return [
        f"A single problem says nothing of how problems differ: {listing(names)} "
        f"({'has' if len(names) == 1 else 'have'} one problem)."
    ]


def _group_name(values: Mapping[str, str]) -> str:
    return " ".join(f"{name}={value}" for name, value in values.items()) or "the table"
