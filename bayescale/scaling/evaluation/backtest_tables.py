"""Tables, summary and notes of a backtest, from the scores of its points."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.core.notes import Note
from bayescale.scaling.evaluation.scores import mean_scores

ALL = "(all)"
MOST_WORSE = 0.15  # coverage may fall this far below its level before a note says that a law's intervals did not hold


def backtest_table(points: pd.DataFrame) -> pd.DataFrame:
    """Average scores by law, cut, family and whether the runs were seen below the cut.

    Parameters
    ----------
    points : pandas.DataFrame
        One row per law, cut and test row, as in `Backtest.points`.

    Returns
    -------
    pandas.DataFrame
        The table, as in `Backtest.table`.
    """
    rows = []
    for (law, cut, continues), of_cut in points.groupby(["law", "cut", "continues"], sort=False):
        parts = [(str(family), part) for family, part in of_cut.groupby("family", sort=False)]
        for family, part in [*(parts if len(parts) > 1 else []), (ALL, of_cut)]:
            rows.append(
                {
                    "law": law,
                    "cut": cut,
                    "family": family,
                    "continues": continues,
                    "n_train": int(part["n_train"].iloc[0]),
                    "n_test": len(part),
                    "extrapolation": float(part["extrapolation"].mean()),
                    **mean_scores(part),
                    "passed": bool(part["passed"].all()),
                }
            )
    return pd.DataFrame(rows)


def backtest_summary(points: pd.DataFrame) -> pd.DataFrame:
    """Average scores by law, over all test rows of new runs, or of continued runs where there are no others.

    Parameters
    ----------
    points : pandas.DataFrame
        One row per law, cut and test row, as in `Backtest.points`.

    Returns
    -------
    pandas.DataFrame
        One row per law: `runs`, `n_test`, mean scores, and `coverage_se`, the standard error of the coverage with runs
        as the unit.
    """
    rows = []
    for law, of_law in points.groupby("law", sort=False):
        tested = of_law[~of_law["continues"]] if (~of_law["continues"]).any() else of_law
        by_run = tested.groupby(["family", "run"])["inside"].mean()
        error = _error_of_mean(by_run.to_numpy(dtype=float))
        counts = {"law": law, "runs": len(by_run), "n_test": len(tested)}
        rows.append({**counts, **mean_scores(tested), "coverage_se": error})
    return pd.DataFrame(rows)


def _error_of_mean(shares: NDArray[np.float64]) -> float:
    """Compute the standard error of a mean of shares, one a run.

    Where all runs agree, their scatter is no estimate: there it is the error of a share to which two successes and two
    failures were added (Agresti and Coull 1998).
    """
    if len(shares) > 1 and np.ptp(shares) > 0:
        return float(shares.std(ddof=1) / np.sqrt(len(shares)))
    count = len(shares) + 4
    share = (shares.sum() + 2) / count
    return float(np.sqrt(share * (1 - share) / count))


def backtest_notes(points: pd.DataFrame, prob: float) -> tuple[Note, ...]:
    """State what a reader of a backtest must know.

    Parameters
    ----------
    points : pandas.DataFrame
        One row per law, cut and test row, as in `Backtest.points`.
    prob : float
        Probability of the intervals.

    Returns
    -------
    tuple of Note
        Fits that failed the gate, families without rows below a cut, runs that were seen below the cut, and laws whose
        intervals were too narrow.
    """
    notes = []
    failed = points.loc[~points["passed"], ["law", "cut"]].drop_duplicates()
    notes += [
        Note("backtest_fit_failed", f"the fit of {law} up to {cut:.3g} failed the gate; it is scored all the same")
        for law, cut in failed.itertuples(index=False)
    ]
    unseen = list(map(str, points.loc[~points["known_family"], "family"].unique()))
    if unseen:
        message = f"{', '.join(map(repr, unseen))}: no row below some cut; forecast there as a new family"
        notes.append(Note("backtest_new_family", message, unseen))
    if points["continues"].any():
        share = 100 * points.loc[points["law"] == points["law"].iloc[0], "continues"].mean()
        message = f"{share:.0f} % of test rows continue runs that were seen below the cut; they are scored separately"
        notes.append(Note("backtest_continued_runs", message))
    return (*notes, *_coverage_notes(points, prob))


def _coverage_notes(points: pd.DataFrame, prob: float) -> list[Note]:
    coverage = points.groupby("law")["inside"].mean()
    percent = f"{100 * prob:.4g} %"
    poor = coverage[coverage < prob - MOST_WORSE]
    if len(poor) < len(coverage):
        return [
            Note("backtest_narrow_law", f"{law}: its {percent} intervals held {100 * share:.0f} % of test rows")
            for law, share in poor.items()
        ]
    message = (
        f"no law's {percent} intervals held on this table (best: {100 * coverage.max():.0f} % of test rows): "
        "larger runs need wider forecasts (`widenings`), or a law that describes what these laws leave out"
    )
    return [Note("backtest_narrow_laws", message)]
