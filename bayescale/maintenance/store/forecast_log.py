"""The forecast log: every published forecast with its version, and its score once its run has landed.

One row per forecast. A published forecast never changes, no row is ever dropped, and a score is set once.
`Store.ledger` returns it.
"""

import hashlib
import json
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from bayescale.errors import InputError, closest
from bayescale.maintenance.store.trees import has_group, read_dataset

if TYPE_CHECKING:
    from icechunk import IcechunkStore

LEVELS = np.arange(1, 100) / 100  # of the stored quantiles of run_*
QUANTILES = tuple(f"q{level:02d}" for level in range(1, 100))
SUMMARIES = tuple(f"{kind}_{summary}" for kind in ("law", "run") for summary in ("median", "lower", "upper"))

GROUP = "ledger"  # of a repository: releases up to 0.2 call the forecast log so
DIGEST = "sha256"  # attribute of the group; release 0.1 wrote none
#: Set by the store when a forecast is published: its name "<version>.<place>", the version's number, the time.
STAMPS = ("forecast", "version", "published")
#: The target. `inputs` is JSON; a blank `run` is any run, a blank `family` a new one, none of `known_families` (JSON).
TARGET = ("family", "known_families", "run", "response", "inputs", "prob")
FORECAST = (*TARGET, "meaning", *SUMMARIES, "extrapolation", "flag", *QUANTILES)
REQUIRED = ("response", "inputs", "prob", "run_median", "run_lower", "run_upper")
#: Set when the run landed: its response, the forecast's probability below it, and the first version fitted to it.
SCORE = ("scored_run", "observed", "pit", "inside", "landed", "scored_version")
COLUMNS = (*STAMPS, *FORECAST, *SCORE)
TEXT = ("forecast", "published", *TARGET[:-1], "flag", "scored_run", "landed")
NUMBERS = tuple(name for name in COLUMNS if name not in TEXT)


def empty() -> pd.DataFrame:
    """Return the forecast log of a model without forecasts.

    Returns
    -------
    DataFrame
        No rows, with `COLUMNS`.
    """
    return _typed(pd.DataFrame(columns=list(COLUMNS)))


def merge(log: pd.DataFrame, rows: pd.DataFrame, number: int, now: datetime) -> pd.DataFrame:
    """Add forecasts and scores to a forecast log.

    Parameters
    ----------
    log : DataFrame
        The forecast log, with `COLUMNS`.
    rows : DataFrame
        New forecasts (`forecast` blank or absent), and scores of forecasts in the log (named by `forecast`).
    number : int
        The number of the version that is about to be published.
    now : datetime
        The time of its publication.

    Returns
    -------
    DataFrame
        The forecast log with new rows and scores.

    Raises
    ------
    InputError
        A row would change a published forecast or score, or lacks a value; all problems are listed.
    """
    typed = _typed(_require_columns(rows))
    new, scores = typed[typed["forecast"] == ""], typed[typed["forecast"] != ""]
    problems = [*_new_problems(new), *_score_problems(log, scores)]
    if problems:
        raise InputError("the forecast log keeps every forecast as it was published:", problems)
    names = [f"{number}.{place}" for place in range(1, len(new) + 1)]
    added = new.assign(forecast=names, version=float(number), published=now.isoformat())
    out = pd.concat([part for part in (log, added) if len(part)] or [empty()], ignore_index=True)
    position = {name: index for index, name in enumerate(out["forecast"])}
    stamped = scores.assign(landed=now.isoformat(), scored_version=float(number))
    for score in stamped.to_dict("records"):
        out.loc[position[score["forecast"]], list(SCORE)] = [score[name] for name in SCORE]
    return out


def _require_columns(rows: pd.DataFrame) -> pd.DataFrame:
    problems = [
        f"column {name!r} is no column of the forecast log.{closest(name, COLUMNS)}"
        for name in rows
        if name not in COLUMNS
    ]
    if problems:
        raise InputError("these rows cannot be added to the forecast log:", problems)
    return rows


def _new_problems(new: pd.DataFrame) -> list[str]:
    out = [
        f"column {name!r} of new forecasts must not be blank"
        for name in REQUIRED
        if any(_blank(value) for value in new[name])
    ]
    if new["observed"].notna().any():
        out.append("a new forecast cannot have a score: its run has not landed")
    return out


def _score_problems(log: pd.DataFrame, scores: pd.DataFrame) -> list[str]:
    out = []
    published = {row["forecast"]: row for row in log.to_dict("records")}
    for row in scores.to_dict("records"):
        name = row["forecast"]
        old = published.get(name)
        if old is None:
            out.append(f"forecast {name!r} is not in the forecast log.{closest(name, published)}")
        elif not _blank(old["observed"]):
            out.append(f"forecast {name!r} was scored before, by {old['scored_run']!r}: a score cannot change")
        elif changed := [column for column in FORECAST if not _blank(row[column]) and row[column] != old[column]]:
            out.append(f"forecast {name!r} would change in {', '.join(changed[:5])}: it is published")
        elif any(_blank(row[column]) for column in ("observed", "pit", "inside")):
            out.append(f"forecast {name!r}: a score needs observed, pit and inside")
    repeated = scores["forecast"][scores["forecast"].duplicated()]
    return [*out, *(f"forecast {name!r} is scored twice" for name in repeated)]


def _blank(value: object) -> bool:
    return value == "" or (isinstance(value, float) and np.isnan(value))


def _typed(rows: pd.DataFrame) -> pd.DataFrame:
    """All columns, in order: text, with blanks for missing values, and float64."""
    rows = rows.reindex(columns=list(COLUMNS))
    text = {name: pd.Series(rows[name].astype(object).fillna("").astype(str).tolist(), dtype="str") for name in TEXT}
    numbers = {name: pd.Series(rows[name].to_numpy(dtype=float)) for name in NUMBERS}
    return pd.DataFrame({name: text[name] if name in text else numbers[name] for name in COLUMNS})


def to_dataset(log: pd.DataFrame) -> xr.Dataset:
    """Convert a forecast log to two arrays, `text` and `number`, each (forecast, column).

    Parameters
    ----------
    log : DataFrame
        The forecast log, with `COLUMNS`.

    Returns
    -------
    Dataset
        The arrays, with their digest.
    """
    text, numbers = np.array(TEXT, dtype=str), np.array(NUMBERS, dtype=str)
    plain = xr.Dataset(
        {
            "text": (("forecast", "text_column"), log[list(TEXT)].to_numpy(dtype=str)),
            "number": (("forecast", "number_column"), log[list(NUMBERS)].to_numpy(dtype=float)),
        },
        {"text_column": text, "number_column": numbers},
    )
    return plain.assign_attrs({DIGEST: _digest(plain)})


def require_whole(dataset: xr.Dataset) -> None:
    """Raise where a stored forecast log is not the one that was written.

    Parameters
    ----------
    dataset : Dataset
        The arrays that were read.

    Raises
    ------
    ValueError
        The digest differs.
    """
    if dataset.attrs.get(DIGEST) not in (None, _digest(dataset)):
        raise ValueError("the forecast log is not the published one")


def _digest(dataset: xr.Dataset) -> str:
    cells = [dataset["text"].to_numpy().tolist(), dataset["text_column"].to_numpy().tolist()]
    digest = hashlib.sha256(json.dumps([*cells, dataset["number_column"].to_numpy().tolist()]).encode())
    digest.update(np.ascontiguousarray(dataset["number"].to_numpy(), dtype=float).tobytes())
    return digest.hexdigest()


def from_dataset(dataset: xr.Dataset) -> pd.DataFrame:
    """Convert stored arrays to a forecast log.

    Parameters
    ----------
    dataset : Dataset
        The arrays that were read.

    Returns
    -------
    DataFrame
        The forecast log; columns that it did not have yet are blank.

    Raises
    ------
    ValueError
        The digest differs.
    """
    require_whole(dataset)
    text = pd.DataFrame(dataset["text"].to_numpy(), columns=dataset["text_column"].to_numpy())
    numbers = pd.DataFrame(dataset["number"].to_numpy(), columns=dataset["number_column"].to_numpy())
    return _typed(pd.concat([text, numbers], axis=1))


def read(store: "IcechunkStore") -> pd.DataFrame:
    """Read the forecast log of a session.

    Parameters
    ----------
    store : IcechunkStore
        The store of a session.

    Returns
    -------
    DataFrame
        The forecast log, empty where there is none.

    Raises
    ------
    ValueError
        The forecast log is damaged; Zarr may raise KeyError, RuntimeError or TypeError.
    """
    return from_dataset(read_dataset(store, GROUP)) if has_group(store, GROUP) else empty()
