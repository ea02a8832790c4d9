"""Ledgers made by hand: forecasts of runs that landed, or are awaited."""

import json
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import norm

from bayescale.maintenance.store.forecast_log import COLUMNS, LEVELS, QUANTILES, TEXT

WIDE = 0.05  # standard deviation of a forecast


def made_ledger(pits: Sequence[float], awaited: int = 1, family: str = "a") -> pd.DataFrame:
    """One target for each of `pits`, forecast by two versions before it landed where that probability says; and
    `awaited` more that nothing landed of."""
    rows = []
    for k in range(len(pits) + awaited):
        inputs = json.dumps({"n_params": 1e9 * (k + 1), "n_tokens": 2e10 * (k + 1)})
        for version in (k + 1, k + 2):
            median = 2.5 - 0.05 * k + 0.01 * (version - k)
            row = _forecast(f"{version}.{k}", version, family, inputs, median)
            rows.append(row | (_score(k, pits[k], median) if k < len(pits) else {}))
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.assign(**{name: frame[name].astype(object).fillna("").astype(str) for name in TEXT})


def _forecast(name: str, version: int, family: str, inputs: str, median: float) -> dict[str, object]:
    quantiles = norm.ppf(LEVELS, median, WIDE)
    low, high = norm.ppf([0.05, 0.95], median, WIDE)
    said = {"forecast": name, "version": float(version), "published": f"2026-01-{version:02d}T00:00:00+00:00"}
    said |= {"family": family, "run": "", "response": "loss", "inputs": inputs, "prob": 0.9, "extrapolation": 3.0}
    said |= {f"{kind}_median": median for kind in ("law", "run")}
    said |= {f"{kind}_lower": low for kind in ("law", "run")} | {f"{kind}_upper": high for kind in ("law", "run")}
    return said | dict(zip(QUANTILES, np.asarray(quantiles).tolist(), strict=True))


def _score(k: int, pit: float, median: float) -> dict[str, object]:
    return {
        "scored_run": f"run-{k}",
        "observed": float(norm.ppf(pit, median, WIDE)),
        "pit": pit,
        "inside": float(0.05 <= pit <= 0.95),
        "landed": f"2026-01-{k + 3:02d}T00:00:00+00:00",
        "scored_version": float(k + 3),
    }
