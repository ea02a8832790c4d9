"""The ledger: every forecast that was published, with its version, and its score once the run it spoke of landed.

One row a forecast. What was published never changes, and no row is ever dropped; a score is filled in once.
"""

import hashlib
import json
from datetime import datetime

import numpy as np
import pandas as pd
import xarray as xr

from bayescale.errors import InputError, closest

LEVELS = np.arange(1, 100) / 100  # of the quantiles of run_* that are kept: enough to say where a run fell
QUANTILES = tuple(f"q{level:02d}" for level in range(1, 100))
SUMMARIES = tuple(f"{kind}_{what}" for kind in ("law", "run") for what in ("median", "lower", "upper"))

DIGEST = "sha256"  # attribute of a ledger's group; ledgers of release 0.1 have none
#: Filled in by the store when a forecast is published: its name "<version>.<place>", the version's number, the time.
STAMPS = ("forecast", "version", "published")
#: What was forecast. `inputs` is JSON; `run` is blank for any run, `family` for one never seen, which is none of
#: `known_families` (JSON).
ASKED = ("family", "known_families", "run", "response", "inputs", "prob")
FORECAST = (*ASKED, "meaning", *SUMMARIES, "extrapolation", "flag", *QUANTILES)
NEEDED = ("response", "inputs", "prob", "run_median", "run_lower", "run_upper")
#: Filled in when the run landed: its value, where in the forecast it fell, and the first version that had seen it.
SCORE = ("scored_run", "observed", "pit", "inside", "landed", "scored_version")
COLUMNS = (*STAMPS, *FORECAST, *SCORE)
TEXT = ("forecast", "published", *ASKED[:-1], "flag", "scored_run", "landed")
NUMBERS = tuple(name for name in COLUMNS if name not in TEXT)


def empty() -> pd.DataFrame:
    """A ledger of a model that forecast nothing yet."""
    return _typed(pd.DataFrame(columns=list(COLUMNS)))


def merge(ledger: pd.DataFrame, rows: pd.DataFrame, number: int, now: datetime) -> pd.DataFrame:
    """The ledger with rows added and scores filled in, by the version that is about to be published.

    `rows` without a name (`forecast` blank or absent) are new forecasts; those with one are scores of forecasts in the
    ledger. Raises InputError, all problems at once, where a row would change or lose what was published.
    """
    given = _typed(_known(rows))
    new, scores = given[given["forecast"] == ""], given[given["forecast"] != ""]
    problems = [*_new_problems(new), *_score_problems(ledger, scores)]
    if problems:
        raise InputError("the ledger keeps every forecast as it was published:", problems)
    names = [f"{number}.{place}" for place in range(1, len(new) + 1)]
    added = new.assign(forecast=names, version=float(number), published=now.isoformat())
    out = pd.concat([part for part in (ledger, added) if len(part)] or [empty()], ignore_index=True)
    place = {name: index for index, name in enumerate(out["forecast"])}
    stamped = scores.assign(landed=now.isoformat(), scored_version=float(number))
    for score in stamped.to_dict("records"):
        out.loc[place[score["forecast"]], list(SCORE)] = [score[name] for name in SCORE]
    return out


def _known(rows: pd.DataFrame) -> pd.DataFrame:
    strange = [name for name in rows if name not in COLUMNS]
    if strange:
        said = [f"column {name!r} is not one of the ledger's.{closest(name, COLUMNS)}" for name in strange]
        raise InputError("the ledger cannot take these rows:", said)
    return rows


def _new_problems(new: pd.DataFrame) -> list[str]:
    out = [f"new forecasts need {name!r}" for name in NEEDED if any(_blank(value) for value in new[name])]
    if new["observed"].notna().any():
        out.append("a new forecast cannot have a score: the run it speaks of has not landed")
    return out


def _score_problems(ledger: pd.DataFrame, scores: pd.DataFrame) -> list[str]:
    out = []
    published = {row["forecast"]: row for row in ledger.to_dict("records")}
    for row in scores.to_dict("records"):
        name = row["forecast"]
        old = published.get(name)
        if old is None:
            out.append(f"forecast {name!r} is not in the ledger.{closest(name, published)}")
        elif not _blank(old["observed"]):
            out.append(f"forecast {name!r} was scored before, by {old['scored_run']!r}: a score stays")
        elif changed := [one for one in FORECAST if not _blank(row[one]) and row[one] != old[one]]:
            out.append(f"forecast {name!r} would change in {', '.join(changed[:5])}")
        elif any(_blank(row[one]) for one in ("observed", "pit", "inside")):
            out.append(f"forecast {name!r}: a score needs observed, pit and inside")
    repeated = scores["forecast"][scores["forecast"].duplicated()]
    return [*out, *(f"forecast {name!r} is scored twice" for name in repeated)]


def _blank(value: object) -> bool:
    return value == "" or (isinstance(value, float) and np.isnan(value))


def _typed(rows: pd.DataFrame) -> pd.DataFrame:
    """All columns, in order: text with blanks for what is missing, and float64."""
    rows = rows.reindex(columns=list(COLUMNS))
    text = {name: pd.Series(rows[name].astype(object).fillna("").astype(str).tolist(), dtype="str") for name in TEXT}
    numbers = {name: pd.Series(rows[name].to_numpy(dtype=float)) for name in NUMBERS}
    return pd.DataFrame({name: text[name] if name in text else numbers[name] for name in COLUMNS})


def to_dataset(ledger: pd.DataFrame) -> xr.Dataset:
    """A ledger as two arrays: `text` and `number`, each (forecast, column)."""
    text, numbers = np.array(TEXT, dtype=str), np.array(NUMBERS, dtype=str)
    plain = xr.Dataset(
        {
            "text": (("forecast", "text_column"), ledger[list(TEXT)].to_numpy(dtype=str)),
            "number": (("forecast", "number_column"), ledger[list(NUMBERS)].to_numpy(dtype=float)),
        },
        {"text_column": text, "number_column": numbers},
    )
    return plain.assign_attrs({DIGEST: _digest(plain)})


def require_whole(dataset: xr.Dataset) -> None:
    """Raise ValueError where a ledger is not what was written."""
    if dataset.attrs.get(DIGEST) not in (None, _digest(dataset)):
        raise ValueError("the ledger that is read is not what was published")


def _digest(dataset: xr.Dataset) -> str:
    cells = [dataset["text"].to_numpy().tolist(), dataset["text_column"].to_numpy().tolist()]
    found = hashlib.sha256(json.dumps([*cells, dataset["number_column"].to_numpy().tolist()]).encode())
    found.update(np.ascontiguousarray(dataset["number"].to_numpy(), dtype=float).tobytes())
    return found.hexdigest()


def from_dataset(dataset: xr.Dataset) -> pd.DataFrame:
    """The ledger that was written; columns that it did not have yet are blank. Raises ValueError where it is not what
    was written."""
    require_whole(dataset)
    text = pd.DataFrame(dataset["text"].to_numpy(), columns=dataset["text_column"].to_numpy())
    numbers = pd.DataFrame(dataset["number"].to_numpy(), columns=dataset["number_column"].to_numpy())
    return _typed(pd.concat([text, numbers], axis=1))
