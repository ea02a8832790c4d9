"""What was forecast held against what landed: rows for the ledger, scores, running calibration, drift.

The ledger itself (`maintenance/store/forecast_log.py`) keeps every forecast as it was published; the functions
here make its rows and read them. A run has landed where a row that was not there when the forecast was published lies
at its inputs.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import kstest

from bayescale.maintenance.store.forecast_log import LEVELS, QUANTILES, SUMMARIES
from bayescale.scaling.predict.forecast import NEW_FAMILY, Forecast

type Array = NDArray[np.float64]

CLOSE = 0.02  # relative difference of inputs up to which a run is the one that was forecast
COVERAGE = (0.5, 0.8, 0.9, 0.95)
#: What `run_*` of a forecast means. Raised when it comes to mean something else (another unit of the response, other
#: noise): a forecast is scored by the meaning that it was published with, or not at all. Blank in ledgers of 0.1: 1.
MEANING = 1
HORIZONS = ((0.0, 1.0), (1.0, 10.0), (10.0, 32.0), (32.0, np.inf))  # times beyond the training data


def forecast_rows(forecast: Forecast, families: Sequence[str]) -> pd.DataFrame:
    """The rows of a forecast for the ledger, one per target: what was said of it, with 99 quantiles of one new run.
    `families` are those of the training data: what is said of a family never seen is of none of them."""
    labels, targets = forecast.blocks.labels, forecast.targets
    runs_drawn = (block["run"].to_numpy() for block in forecast.blocks)
    parts = [np.quantile(run.reshape(-1, run.shape[-1]), LEVELS, axis=0) for run in runs_drawn]
    quantiles = np.concatenate(parts, axis=-1)
    asked = forecast.blocks.families
    unseen = asked == NEW_FAMILY
    inputs = [
        name for name in labels.coords if labels[name].dims == ("target",) and name not in ("target", "target_family")
    ]
    said = [json.dumps({name: float(labels[name][i]) for name in inputs}, sort_keys=True) for i in range(len(targets))]
    runs = targets["run"].fillna("").astype(str) if "run" in targets else [""] * len(targets)
    return pd.DataFrame(
        {
            "family": np.where(unseen, "", asked),
            "known_families": np.where(unseen, json.dumps(sorted(families)), ""),
            "run": list(runs),
            "response": str(labels.attrs["response"]),
            "inputs": said,
            "prob": forecast.prob,
            "meaning": float(MEANING),
            **{name: forecast.table[name].to_numpy() for name in (*SUMMARIES, "extrapolation", "flag")},
            **dict(zip(QUANTILES, quantiles, strict=True)),
        }
    )


def still_open(rows: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """The rows of forecasts whose runs are not among those known: what was seen in training is no forecast."""
    return rows[[not _lands(row, known).any() for row in rows.to_dict("records")]]


def landed(ledger: pd.DataFrame, new: pd.DataFrame, response: str) -> pd.DataFrame:
    """Scores of forecasts whose runs are among `new`: rows of a table of runs that were not there when these forecasts
    were published.

    A row lands a forecast where family and run (where it was named) are the same and every input lies within 2 % of the
    one forecast; the first such row counts. A forecast of a family never seen is landed by a run of a family that was
    not known when it was published, and by no other. Columns are those of the ledger.
    """
    same_meaning = ledger["meaning"].fillna(1.0) == MEANING
    waiting = ledger[ledger["observed"].isna() & (ledger["response"] == response) & same_meaning]
    scores = []
    for row in waiting.to_dict("records"):
        found = new[_lands(row, new)]
        if found.empty:
            continue
        first = found.iloc[0]
        observed = float(first[response])
        place = _place(observed, np.array([row[name] for name in QUANTILES]))
        inside = float(row["run_lower"] <= observed <= row["run_upper"])
        scores.append({**row, "scored_run": str(first["run"]), "observed": observed, "pit": place, "inside": inside})
    return pd.DataFrame(scores, columns=list(ledger.columns))


def _lands(row: Mapping[Any, Any], new: pd.DataFrame) -> NDArray[np.bool_]:
    out = np.ones(len(new), dtype=bool)
    if row["run"]:
        out &= (new["run"] == row["run"]).to_numpy()
    out &= _of_its_family(row, new)
    for name, value in json.loads(str(row["inputs"])).items():
        if name not in new:
            return np.zeros(len(new), dtype=bool)
        out &= np.isclose(new[name].to_numpy(dtype=float), value, rtol=CLOSE, atol=0)
    return out


def _of_its_family(row: Mapping[Any, Any], new: pd.DataFrame) -> NDArray[np.bool_]:
    if row["family"]:
        return np.asarray(new["family"] == row["family"])
    if not row["known_families"]:  # not recorded: nothing can be said to be new to it
        return np.zeros(len(new), dtype=bool)
    return np.asarray(~new["family"].isin(json.loads(row["known_families"])))


def _place(observed: float, quantiles: Array) -> float:
    """The share of a forecast's draws that lies below a value: exact at the quantiles, linear between, and half a step
    beyond the outermost, where no more than that is known."""
    edge = LEVELS[0] / 2
    return float(np.interp(observed, quantiles, LEVELS, left=edge, right=1 - edge))


def drift(scored: pd.DataFrame, prob: float) -> tuple[str, ...]:
    """A sentence for every landed run outside the equal-tailed `prob` interval of its forecast; 98 % at most, since 99
    quantiles are kept."""
    low = max((1 - prob) / 2, LEVELS[0])
    out = []
    for row in scored.to_dict("records"):
        if low <= row["pit"] <= 1 - low:
            continue
        lower, upper = (np.interp(level, LEVELS, [row[name] for name in QUANTILES]) for level in (low, 1 - low))
        out.append(
            f"{row['scored_run']} ({row['family'] or 'new family'}) reached {row['observed']:.4g}, and version "
            f"{row['version']:.0f} forecast {lower:.4g} to {upper:.4g} ({100 * (1 - 2 * low):.3g} %)"
        )
    return tuple(out)


def running_calibration(ledger: pd.DataFrame) -> pd.DataFrame:
    """How often intervals held so far, one row per distance beyond the data and one over all: `runs` that landed,
    `coverage_50` … with the binomial standard error of the 90 % one, and the probability that places of the runs in
    their forecasts are as uneven by chance (Kolmogorov and Smirnov). A run counts once, by its last forecast."""
    scored = ledger[ledger["pit"].notna()].drop_duplicates(["family", "scored_run", "inputs"], keep="last")
    parts = {
        f"{low:g} to {high:g} times": scored[(scored["extrapolation"] > low) & (scored["extrapolation"] <= high)]
        for low, high in HORIZONS
    }
    parts["all"] = scored
    return pd.DataFrame(
        [{"beyond the data": name, **_calibration(own["pit"].to_numpy())} for name, own in parts.items() if len(own)]
    )


def _calibration(pit: Array) -> dict[str, float]:
    held = {f"coverage_{100 * prob:.0f}": float((np.abs(pit - 0.5) <= prob / 2).mean()) for prob in COVERAGE}
    error = float(np.sqrt(0.9 * 0.1 / len(pit)))
    return {"runs": len(pit), **held, "error_90": error, "uniform_p": float(kstest(pit, "uniform").pvalue)}
