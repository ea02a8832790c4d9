"""Rows that repeat a measurement: refused where they would count as evidence twice, noted where they may be replicates.

Rows are compared by what identifies a measurement: family, run, seed, step, known inputs and the response, all numbers
in single precision, so that 3.1415927 and 3.1415927410125732 are one number. Equal rows are repeats when the other
columns differ only in bookkeeping (an index, a time, an identifier), or when the response has so many digits that two
trainings do not agree in all of them.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from bayescale.core.text import in_rows, listing
from bayescale.data.aliases import normalized
from bayescale.data.columns import as_text
from bayescale.data.keys import (
    Hashes,
    Identity,
    combined,
    group_codes,
    number_hashes,
    repeated,
    scattered,
    value_hashes,
    varies,
)
from bayescale.data.quantities import KNOWN
from bayescale.data.units import kind_of

#: Significant digits from which on equal responses of different trainings are not believable.
PRECISE = 6
#: Measurements from which on trainings that all stand under two run names are one export put together twice.
LEAST_RENAMED = 4
#: Columns, by normalized name, that say when, where or in which order a row was written, not what was measured.
BOOKKEEPING = re.compile(
    r"(unnamed|level)(_\d+)*|index|idx|row_(id|number|index)|record(_id)?|id|uuid|guid|key|hash|sha\d*|checksum|digest"
    r"|(.*_)?(time|timestamp|date|datetime|runtime|walltime|wall_time|duration|elapsed|seconds|minutes|hours)"
    r"|(.*_)?(created|updated|modified|started|ended|finished|exported|logged|uploaded)(_(at|on|by|time))?"
    r"|(source_)?(file|filename|file_name|path|folder|url|uri|export|dump|batch_id)|artifact_.*|host(name)?|node|machine"
    r"|pid|user(name)?|author|notes?|comments?|description|state|status|version|commit|relative_time.*"
)
#: Normalized names of the columns by which exports of trackers link nested runs.
PARENT_RUN = ("mlflow_parent_run_id", "parent_run_id", "parent_id", "parent_run")
RUN_ID = ("run_id", "run_uuid", "run")
#: Words in names of columns that were measured; other columns of numbers may be inputs of a law.
MEASURED = re.compile(
    r"loss|acc|ppl|perplex|error|score|bpb|nll|entropy|miou|recall|precision|f1|bleu|rouge|match|eval|std|stderr|ci\d|lo95"
    r"|hi95|metric|reward|win|grad|norm|rate_correct|throughput|mfu"
)
_TOKEN = re.compile(r"[0-9a-f]{8,}(-[0-9a-f]{4,})*|\d{4}-\d{2}-\d{2}.*", re.IGNORECASE)
_ROUNDED = 1e-4  # how far, relative, a rounded number may lie from the number itself


def repeats(table: pd.DataFrame, response: str, identity: Identity) -> tuple[list[str], list[str]]:
    """Find repeated measurements.

    Parameters
    ----------
    table : DataFrame
        Rows with `family`, `run` and `row`; known inputs, `step` and the response are float64.
    response : str
        Name of the measured column. Rows where it is not finite are not compared.
    identity : Identity
        Family and run of the rows, from `identity_of`.

    Returns
    -------
    problems : list of str
        Rows that repeat one measurement, and the way out.
    notes : list of str
        Rows that agree but may be measurements of their own, and inputs that repeat.
    """
    measured = np.isfinite(table[response].to_numpy())
    if not measured.all():
        table, identity = table[measured], identity.rows(measured)
    inputs = [name for name in KNOWN if name in table.columns and name != response]
    own = [name for name in ("seed", "step") if name in table.columns]
    hashes = {"family": identity.family, "run": np.where(identity.named, identity.run, np.uint64(0))}
    hashes |= {name: _hashed(table[name]) for name in (*own, *inputs, response)}
    varied = [name for name in ("step", *inputs) if name in hashes]
    candidates = repeated(combined(hashes[name] for name in varied)) if varied else np.ones(len(table), dtype=bool)
    equal = _agreeing(hashes, candidates)
    problems, notes = _of_equal(table, hashes, equal, response, [*own, *inputs])
    problems += _rounded(table, _agreeing(hashes, candidates, response), hashes, response) + _parents(table, response)
    partial = [name for name in (*own, *inputs) if _is_partial(table[name])]
    precise = not problems and bool(partial or candidates.any()) and len(table) > 1 and _is_precise(table, response)
    if precise:
        problems += _blank_in_one(table, hashes, response, partial)
        problems += _renamed_runs(table, hashes, candidates, response)
    if not problems and candidates.any():
        notes += _inputs_repeat(table, hashes, ~equal, inputs, response)
        notes += _under_two_names(table, hashes, candidates, response) if precise and not equal.any() else []
    return problems, notes


def _is_partial(column: "pd.Series[Any]") -> bool:
    """Whether some values are blank and others not."""
    blank = column.isna().to_numpy()
    return bool(blank.any() and not blank.all())


def _hashed(column: "pd.Series[Any]") -> Hashes:
    """A 64-bit hash of every value; numbers by their single precision, all blanks alike."""
    if pd.api.types.is_float_dtype(column.dtype):
        with np.errstate(over="ignore"):
            return number_hashes(column.to_numpy(dtype=np.float32, na_value=np.nan))
    if pd.api.types.is_numeric_dtype(column.dtype):
        return _hashed(column.astype("float64"))
    try:
        codes, values = pd.factorize(column, use_na_sentinel=False)
    except TypeError:  # lists and the like
        return pd.util.hash_array(np.array(as_text(column), dtype=object))
    return pd.util.hash_array(np.array(as_text(pd.Series(values)), dtype=object))[codes]


def _without(hashes: Mapping[str, Hashes], *names: str) -> Hashes:
    """One hash of all columns but some."""
    return combined(one for name, one in hashes.items() if name not in names)


def _agreeing(hashes: Mapping[str, Hashes], candidates: np.ndarray, *but: str) -> np.ndarray:
    """Which of the candidates agree with another in all columns but some (bool, n_rows)."""
    agreeing = candidates.copy()
    if candidates.any():
        agreeing[candidates] = repeated(_without({name: one[candidates] for name, one in hashes.items()}, *but))
    return agreeing


def _of_equal(
    whole: pd.DataFrame, hashes: Mapping[str, Hashes], equal: np.ndarray, response: str, compared: Sequence[str]
) -> tuple[list[str], list[str]]:
    """What rows are that agree in family, run, seed, step, inputs and response: group by group."""
    if not equal.any():
        return [], []
    table = whole[equal]
    group = group_codes(_without(hashes)[equal])
    n_groups = int(group.max()) + 1
    others = [name for name in table.columns if name not in {"family", "run", "row", response, *compared}]
    differs = {name: _differs(table[name], group, n_groups) for name in others}
    differs = {name: where for name, where in differs.items() if where.any()}
    meaningful = [name for name in differs if not is_bookkeeping(whole[name])]
    other = np.any([differs[name] for name in meaningful], axis=0) if meaningful else np.zeros(n_groups, dtype=bool)
    exact = ~np.any([*differs.values()], axis=0) if differs else ~other
    copied = ~exact & (~other | _is_precise(whole, response))
    problems = []
    if exact.any():
        problems.append(
            f"the same row more than once: {_groups(table, group, exact)}; keep one of each, or tell repeated runs "
            "apart by a 'run' or 'seed' column."
        )
    if copied.any():
        columns = [repr(name) for name in differs if differs[name][copied].any()]
        problems.append(
            f"the same measurement more than once: {_groups(table, group, copied)} agree in family, run, inputs and "
            f"{response} to the last digit, and differ only in {listing(columns)}; keep one row of each. If they are "
            "different trainings, read the column that tells them apart with rename={...: 'run'} or 'seed'."
        )
    apart = ~exact & ~copied
    if not apart.any():
        return problems, []
    columns = [repr(name) for name in meaningful if differs[name][apart].any()]
    note = f"Rows agree in inputs and {response}, and differ only in {listing(columns)}: {_groups(table, group, apart)}"
    return problems, [f"{note}; they count as measurements of their own."]


def _differs(column: "pd.Series[Any]", group: np.ndarray, n_groups: int) -> np.ndarray:
    """In which groups a column has several values (bool, n_groups)."""
    values = _hashed(column)
    first = np.zeros(n_groups, dtype=np.uint64)
    first[group[::-1]] = values[::-1]
    out = np.zeros(n_groups, dtype=bool)
    out[group[values != first[group]]] = True
    return out


def is_bookkeeping(column: "pd.Series[Any]") -> bool:
    """Whether a column tells rows apart without saying anything of what was measured."""
    if BOOKKEEPING.fullmatch(normalized(str(column.name))) or pd.api.types.is_datetime64_any_dtype(column.dtype):
        return True
    if pd.api.types.is_integer_dtype(column.dtype):
        values = np.sort(column.to_numpy())
        return len(values) > 2 and bool((np.diff(values) == 1).all())
    texts = [text for text in as_text(column) if text] if not pd.api.types.is_numeric_dtype(column.dtype) else []
    return bool(texts) and all(_TOKEN.fullmatch(text) and any(map(str.isdigit, text)) for text in texts)


def _digits(column: "pd.Series[float]") -> int:
    """Significant digits that a column's values have, as single precision shows them; a tenth may have more."""
    values = np.abs(column.to_numpy(dtype=np.float32))
    sample = values[:: max(1, len(values) // 1000)]
    digits = [len(f"{value:.9g}".replace(".", "").lstrip("0").split("e")[0]) for value in map(_shortest, sample)]
    return int(np.quantile(digits, 0.9, method="lower"))


def _is_precise(table: pd.DataFrame, response: str) -> bool:
    """Whether equal responses of different trainings are not believable. Shares of a test set may agree by chance."""
    return kind_of(response, response) != "share" and _digits(table[response]) >= PRECISE


def _shortest(value: np.float32) -> float:
    """The decimal number of fewest digits that is this one in single precision."""
    return float(str(value))


def _groups(table: pd.DataFrame, group: np.ndarray, where: np.ndarray) -> str:
    """ "rows 3, 13, 14; rows 5, 15" for the groups that are marked."""
    rows: dict[int, list[int]] = {}
    for number, row in zip(group.tolist(), table["row"].tolist(), strict=True):
        if where[number]:
            rows.setdefault(number, []).append(row)
    return listing([in_rows(sorted(one)) for one in rows.values()], separator="; ")


def _rounded(table: pd.DataFrame, several: np.ndarray, hashes: Mapping[str, Hashes], response: str) -> list[str]:
    """Rows whose response is that of another row, rounded to fewer digits: one export beside another. Rows that are
    `several` (bool, n_rows) agree with another in all but the response."""
    if not several.any():
        return []
    n_rows, table, at = len(table), table[several], _without(hashes, response)[several]
    values = table[response].to_numpy()
    order = np.lexsort((values, at))
    low, high = values[order[:-1]], values[order[1:]]
    with np.errstate(invalid="ignore"):
        close = (at[order[:-1]] == at[order[1:]]) & (np.float32(low) != np.float32(high))
        close &= np.abs(high - low) <= _ROUNDED * np.abs(high)
    places = [place for place in np.flatnonzero(close) if _is_rounding(low[place], high[place])]
    if len(places) < 3 or 20 * len(places) < n_rows:  # a few pairs may agree by chance
        return []
    rows = table["row"].to_numpy()
    pairs = sorted(sorted((int(rows[order[place]]), int(rows[order[place + 1]]))) for place in places)
    shown = listing([in_rows(pair) for pair in pairs], separator="; ")
    return [
        f"the same measurement more than once: {shown} agree in family, run and inputs, and "
        f"{response} of one is that of the other, rounded; keep the row with all digits."
    ]


def _blank_in_one(
    table: pd.DataFrame, hashes: Mapping[str, Hashes], response: str, partial: Sequence[str]
) -> list[str]:
    """Rows that agree in all inputs that both have: exports with different columns, put together. The columns
    `partial` are blank in some rows."""
    if not partial:
        return []
    at = _without(hashes, *partial)
    numbers, several = group_codes(at), repeated(at)
    for name in partial:
        several = several & ~varies(hashes[name], table[name].notna().to_numpy(), numbers)
    if not several.any():
        return []
    return [
        f"the same measurement more than once: {_groups(table[several], numbers[several], np.ones(numbers.max() + 1))} "
        f"agree in family, run and {response} to the last digit, and in all inputs that both have; they differ only in "
        f"where {listing([repr(name) for name in partial])} is blank. Keep one row of each."
    ]


def _under_two_names(
    table: pd.DataFrame, hashes: Mapping[str, Hashes], candidates: np.ndarray, response: str
) -> list[str]:
    """A note where rows of different families, runs or seeds agree to the last digit."""
    names = ("family", "run", "seed")
    agreeing = _agreeing(hashes, candidates, *names)
    inputs = [one for name, one in hashes.items() if name not in (*names, response)]
    if not agreeing.any() or not any((one != one[0]).any() for one in inputs):
        return []
    group = group_codes(_without(hashes, *names)[agreeing])
    rows = _groups(table[agreeing], group, np.ones(group.max() + 1, dtype=bool))
    return [
        f"Rows of different families, runs or seeds have equal inputs and equal {response} to the last digit: {rows}; "
        "if one training stands here under two names, keep one of its rows."
    ]


def _renamed_runs(
    table: pd.DataFrame, hashes: Mapping[str, Hashes], candidates: np.ndarray, response: str
) -> list[str]:
    """Exports put together that name the same trainings anew: at least half of the rows are of runs of which every row
    stands under another run name too."""
    if not hashes["run"].any():
        return []  # no run is named
    agreeing = _agreeing(hashes, candidates, "run")
    if 2 * agreeing.sum() < len(table):
        return []
    runs = group_codes(combined((hashes["family"], hashes["run"])))
    whole = np.bincount(runs, ~agreeing)[runs] == 0
    group = group_codes(_without(hashes, "run")[whole])
    if 2 * whole.sum() < len(table) or group.max() + 1 < LEAST_RENAMED:
        return []
    rows = _groups(table[whole], group, np.ones(group.max() + 1, dtype=bool))
    return [
        f"the same measurement more than once: {rows} agree in family, inputs and {response} to the last digit, and "
        "differ in the name of the run: the same trainings seem to be exported twice. Keep one row of each."
    ]


def _parents(table: pd.DataFrame, response: str) -> list[str]:
    """Rows of a tracker's parent runs that repeat the response of a child."""
    names = {normalized(str(name)): name for name in table.columns}
    parent, run = (next((names[key] for key in keys if key in names), None) for keys in (PARENT_RUN, RUN_ID))
    if parent is None or run is None:
        return []
    keys = pd.DataFrame(
        {"run": as_text(table[run]), "parent": as_text(table[parent]), "response": table[response], "row": table["row"]}
    )
    pairs = keys.merge(keys[keys["parent"] != ""], left_on=["run", "response"], right_on=["parent", "response"])
    if pairs.empty:
        return []
    rows = [in_rows(sorted(pair)) for pair in zip(pairs["row_x"].tolist(), pairs["row_y"].tolist(), strict=True)]
    return [
        f"the same measurement more than once: {listing(rows, separator='; ')} are a parent run and its child "
        f"({parent!r}) with one {response}; keep the child."
    ]


def _is_rounding(first: float, second: float) -> bool:
    """Whether one number is the other, rounded to at least five digits and two digits fewer."""
    short, long = sorted((repr(float(first)), repr(float(second))), key=len)
    if "e" in short or "e" in long or len(long) < len(short) + 2 or len(short.replace(".", "").lstrip("0")) < 5:
        return False
    return round(float(long), len(short.partition(".")[2])) == float(short)


def _inputs_repeat(
    whole: pd.DataFrame, hashes: Mapping[str, Hashes], single: np.ndarray, inputs: Sequence[str], response: str
) -> list[str]:
    """A note where rows of a family agree in all inputs and no seed says that they are replicates; only rows that are
    `single` (bool, n_rows), no repeats, are compared."""
    table = whole if single.all() else whole[single]
    if table.empty or all(table[name].isna().all() for name in inputs):
        return []
    unknown = [
        name
        for name in table.columns
        if name not in {"family", "run", "row", "seed", "step", response, *KNOWN}
        and pd.api.types.is_float_dtype(table[name].dtype)
        and not MEASURED.search(normalized(name))
        and not is_bookkeeping(table[name])
    ]
    key = combined([_without(hashes, "run", response)[single], *(value_hashes(table[name]) for name in unknown)])
    agreeing = repeated(key)  # seeds tell replicates apart
    if not agreeing.any():
        return []
    group = group_codes(key[agreeing])
    rows = _groups(table[agreeing], group, np.ones(group.max() + 1, dtype=bool))
    labels = table[agreeing]
    apart = [
        name
        for name in table.columns
        if name not in {"family", "run", "row", "seed", "step", response, *KNOWN, *unknown}
        and not pd.api.types.is_numeric_dtype(table[name].dtype)
        and not repeated(combined((scattered(group), _hashed(labels[name])))).any()
        and not is_bookkeeping(table[name])
    ]
    ways = (
        f"They differ in {listing([repr(name) for name in apart])}: keep the rows of one value, or take it as the "
        f"family with rename={{{apart[0]!r}: 'family'}}."
        if apart
        else "If another column tells them apart, keep the rows of one of its values, or make it the family."
    )
    return [
        f"Inputs repeat exactly within a family: {rows}. Rows of one run count as measurements of one training, others "
        f"as repeated trainings. {ways}"
    ]
