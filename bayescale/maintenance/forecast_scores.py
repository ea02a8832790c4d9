"""Forecasts and the runs that landed: rows of the forecast log, scores, running calibration and drift.

The forecast log (`maintenance.store.forecast_log`) stores every forecast as it was published; the functions here make
its rows and read them. A run has landed where a row that was not there when the forecast was published lies at its
inputs.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.core.text import human_time
from bayescale.maintenance.store.forecast_log import LEVELS, QUANTILES, SUMMARIES
from bayescale.scaling.predict.forecast import NEW_FAMILY, Forecast

type Array = NDArray[np.float64]

CLOSE = 0.02  # largest relative difference of an input between a run and its forecast
COVERAGE = (0.5, 0.8, 0.9, 0.95)
#: Version of what `run_*` means. Raised when that changes (another unit of the response, other noise): a forecast of
#: another meaning is not scored. Forecast logs of release 0.1 have a blank, which is 1.
MEANING = 1
RELEASE = "release_day"  # the input of forecasts of time horizons: days since 1970-01-01
NEAR = {RELEASE: 31.0}  # largest absolute difference, in place of `CLOSE`
_TIME_HORIZON = "horizon_"  # prefix of the response of forecasts of time horizons, in minutes
HORIZONS = ((0.0, 1.0), (1.0, 10.0), (10.0, 32.0), (32.0, np.inf))  # times beyond the training data


def forecast_rows(forecast: Forecast, families: Sequence[str]) -> pd.DataFrame:
    """Return the rows of a forecast for the forecast log.

    Parameters
    ----------
    forecast : Forecast
        The forecast.
    families : sequence of str
        Families of the training data; a forecast of a new family is of none of them.

    Returns
    -------
    DataFrame
        One row per target, with 99 quantiles of one new run.
    """
    labels, targets = forecast.blocks.labels, forecast.targets
    runs_drawn = (block["run"].to_numpy() for block in forecast.blocks)
    parts = [np.quantile(run.reshape(-1, run.shape[-1]), LEVELS, axis=0) for run in runs_drawn]
    quantiles = np.concatenate(parts, axis=-1)
    family = forecast.blocks.families
    unseen = family == NEW_FAMILY
    inputs = [
        name for name in labels.coords if labels[name].dims == ("target",) and name not in ("target", "target_family")
    ]
    encoded = [
        json.dumps({name: float(labels[name][i]) for name in inputs}, sort_keys=True) for i in range(len(targets))
    ]
    runs = targets["run"].fillna("").astype(str) if "run" in targets else [""] * len(targets)
    return pd.DataFrame(
        {
            "family": np.where(unseen, "", family),
            "known_families": np.where(unseen, json.dumps(sorted(families)), ""),
            "run": list(runs),
            "response": str(labels.attrs["response"]),
            "inputs": encoded,
            "prob": forecast.prob,
            "meaning": float(MEANING),
            **{name: forecast.table[name].to_numpy() for name in (*SUMMARIES, "extrapolation", "flag")},
            **dict(zip(QUANTILES, quantiles, strict=True)),
        }
    )


def without_landed(rows: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Drop forecasts of runs that are in the training data: these are no forecasts.

    Parameters
    ----------
    rows : DataFrame
        New rows of the forecast log.
    known : DataFrame
        The runs of the training data.

    Returns
    -------
    DataFrame
        The other rows.
    """
    return rows[[not _lands(row, known).any() for row in rows.to_dict("records")]]


def score_landed(log: pd.DataFrame, new: pd.DataFrame, response: str) -> pd.DataFrame:
    """Score forecasts whose runs are among new rows.

    A row lands a forecast where family and run (if named) are the same and every input lies within 2 % of the
    forecast's, or a release date within 31 days; the first such row counts. A forecast of a new family is landed by a
    run of a family that was not known when it was published, and by no other.

    Parameters
    ----------
    log : DataFrame
        The forecast log.
    new : DataFrame
        Rows of a table of runs that were not there when these forecasts were published.
    response : str
        The response's column.

    Returns
    -------
    DataFrame
        The scored rows, with the columns of the log.
    """
    same_meaning = log["meaning"].fillna(1.0) == MEANING
    waiting = log[log["observed"].isna() & (log["response"] == response) & same_meaning]
    scores = []
    for row in waiting.to_dict("records"):
        matches = new[_lands(row, new)]
        if matches.empty:
            continue
        first = matches.iloc[0]
        observed = float(first[response])
        pit = _pit(observed, np.array([row[name] for name in QUANTILES]))
        inside = float(row["run_lower"] <= observed <= row["run_upper"])
        scores.append({**row, "scored_run": str(first["run"]), "observed": observed, "pit": pit, "inside": inside})
    return pd.DataFrame(scores, columns=list(log.columns))


def _lands(row: Mapping[Any, Any], new: pd.DataFrame) -> NDArray[np.bool_]:
    out = np.ones(len(new), dtype=bool)
    if row["run"]:
        out &= (new["run"] == row["run"]).to_numpy()
    out &= _of_its_family(row, new)
    for name, value in json.loads(str(row["inputs"])).items():
        if name not in new:
            return np.zeros(len(new), dtype=bool)
        near, close = NEAR.get(name, 0.0), 0.0 if name in NEAR else CLOSE
        out &= np.isclose(new[name].to_numpy(dtype=float), value, rtol=close, atol=near)
    return out


def _of_its_family(row: Mapping[Any, Any], new: pd.DataFrame) -> NDArray[np.bool_]:
    if row["family"]:
        return np.asarray(new["family"] == row["family"])
    if not row["known_families"]:  # release 0.1 did not record them
        return np.zeros(len(new), dtype=bool)
    return np.asarray(~new["family"].isin(json.loads(row["known_families"])))


def _pit(observed: float, quantiles: Array) -> float:
    """The forecast's probability below a value: linear between the quantiles, half a step beyond the outermost."""
    edge = LEVELS[0] / 2
    return float(np.interp(observed, quantiles, LEVELS, left=edge, right=1 - edge))


def drift(scored: pd.DataFrame, prob: float) -> tuple[str, ...]:
    """Return a sentence for every landed run outside the interval of its forecast.

    Parameters
    ----------
    scored : DataFrame
        Scored rows of the forecast log.
    prob : float
        Probability of the equal-tailed interval; at most 0.98, since 99 quantiles are stored.

    Returns
    -------
    tuple of str
        The sentences.
    """
    low = max((1 - prob) / 2, LEVELS[0])
    out = []
    for row in scored.to_dict("records"):
        if low <= row["pit"] <= 1 - low:
            continue
        lower, upper = (np.interp(level, LEVELS, [row[name] for name in QUANTILES]) for level in (low, 1 - low))
        measured, lower_text, upper_text = (measured_text(row["response"], x) for x in (row["observed"], lower, upper))
        level = horizon_level(row["response"])
        subject = f"run {row['scored_run']} ({row['family'] or 'new family'}) reached {measured}"
        if level is not None:
            subject = f"agent {row['scored_run']} has a {100 * level:g} % horizon of {measured}"
        out.append(
            f"{subject}, outside the {100 * (1 - 2 * low):.3g} % interval {lower_text} to {upper_text} forecast by "
            f"version {row['version']:.0f}"
        )
    return tuple(out)


def horizon_response(level: float) -> str:
    """Return the response under which forecasts of time horizons are logged.

    Parameters
    ----------
    level : float
        Level of success.

    Returns
    -------
    str
        Such as "horizon_50".
    """
    return f"{_TIME_HORIZON}{100 * level:g}"


def horizon_level(response: str) -> float | None:
    """Return the level of success of a forecast of time horizons.

    Parameters
    ----------
    response : str
        The response of a row of the forecast log.

    Returns
    -------
    float or None
        The level; None for another response.
    """
    try:
        return float(response.removeprefix(_TIME_HORIZON)) / 100 if response.startswith(_TIME_HORIZON) else None
    except ValueError:  # a column of runs that is named so
        return None


def measured_text(response: str, value: float) -> str:
    """Write a forecast or measured value: a horizon as a time, another response as a number.

    Parameters
    ----------
    response : str
        The response of a row of the forecast log.
    value : float
        The value.

    Returns
    -------
    str
        The text.
    """
    return f"{value:.4g}" if horizon_level(response) is None else human_time(value)


def running_calibration(log: pd.DataFrame) -> pd.DataFrame:
    """Measure how often intervals contained the runs that landed.

    Parameters
    ----------
    log : DataFrame
        The forecast log.

    Returns
    -------
    DataFrame
        One row per distance beyond the data and one for all: `runs`, `coverage_50` … with the binomial standard error
        of a 90 % interval, and `uniform_p`, the p-value of the Kolmogorov-Smirnov test of uniform PIT values. A run
        counts once, by its last forecast.
    """
    scored = log[log["pit"].notna()].drop_duplicates(["family", "scored_run", "inputs"], keep="last")
    parts = {
        f"{low:g} to {high:g} times": scored[(scored["extrapolation"] > low) & (scored["extrapolation"] <= high)]
        for low, high in HORIZONS
    }
    parts["all"] = scored
    return pd.DataFrame(
        [{"beyond the data": name, **_calibration(part["pit"].to_numpy())} for name, part in parts.items() if len(part)]
    )


def _calibration(pit: Array) -> dict[str, float]:
    from scipy.stats import kstest

    coverage = {f"coverage_{100 * prob:.0f}": float((np.abs(pit - 0.5) <= prob / 2).mean()) for prob in COVERAGE}
    error = float(np.sqrt(0.9 * 0.1 / len(pit)))
    return {"runs": len(pit), **coverage, "error_90": error, "uniform_p": float(kstest(pit, "uniform").pvalue)}
