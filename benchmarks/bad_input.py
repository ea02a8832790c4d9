"""Measure how many bad inputs raise a BayescaleError, how quickly, and whether anything is sampled before that.

    python -m benchmarks.bad_input [KIND ...]

The inputs are public arguments, tables, files, targets, specs, laws and command lines, each with one error. The outcome
of an input is: a BayescaleError within a second, a late BayescaleError, correctly accepted, wrongly accepted, sampled
before it was refused, another exception, or no end. An argument is correctly accepted if annotation and function accept
it; `bad_input_accepted.csv` lists these for review.
"""

import contextlib
import io
import os
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import bayescale as bs
from benchmarks.bad_inputs import Case, cases
from benchmarks.hostile_calls import SHORT, Ending, Subjects, ending, runs_table, trials_table
from benchmarks.shared import RESULTS, write_table

WITHIN = 1.0  # seconds
COUNTS = (
    "answered",
    "answered late",
    "accepted rightly",
    "accepted though wrong",
    "sampled first",
    "foreign",
    "too long",
)


class Sampled(BaseException):
    """Raised instead of sampling; `except Exception` does not catch it."""


def make_subjects(folder: Path) -> Subjects:
    """A small posterior of losses, one of risk, and a store; nothing is sampled after this."""
    try:
        fit = bs.fit(runs_table(), "chinchilla", discrepancy=False, sampler=bs.Sampler(**SHORT), random_seed=1)
    except bs.ChecksFailed as error:
        fit = error.fit
    risk = bs.fit_risk(trials_table(), ["model"], mixing="beta", draws=100, random_seed=1)
    store = bs.Store.create(folder / "store")
    store.publish("m", fit.tree, {})

    def stop(*_: Any, **__: Any) -> None:
        raise Sampled

    import bayescale.calibration.loss_laws
    import bayescale.calibration.mixing_laws
    import bayescale.scaling.single_law

    bayescale.scaling.single_law.sample_posterior = stop  # type: ignore[assignment]
    bayescale.calibration.loss_laws.calibrate_design = stop  # type: ignore[assignment]
    bayescale.calibration.mixing_laws.run_simulations = stop  # type: ignore[assignment]
    return Subjects(fit, risk, store, folder)


def outcome(case: Case) -> tuple[str, Ending]:
    """The outcome of a case, one of COUNTS."""
    said = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            found = ending(case.call, seconds=20.0)
    except Sampled:
        return ("accepted rightly" if case.usable else "sampled first"), Ending("accepted", "sampling began", 0.0)
    if found.kind == "answered":
        return ("answered" if found.seconds <= WITHIN else "answered late"), found
    if found.kind == "accepted":
        return ("accepted rightly" if case.usable else "accepted though wrong"), found
    return found.kind, found


def main() -> None:
    """Measure every case, or those of the kinds named, and write the tables."""
    kinds, rows = sys.argv[1:], []
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as name, np.errstate(all="ignore"):
        folder, before = Path(name), Path.cwd()
        os.chdir(folder)
        try:
            for case in cases(make_subjects(folder)):
                if not kinds or case.kind in kinds:
                    what, found = outcome(case)
                    rows.append({"kind": case.kind, "input": case.name, "outcome": what, "seconds": found.seconds, "text": found.text})  # noqa: E501  # fmt: skip
                    if what not in ("answered", "accepted rightly"):
                        print(
                            f"{case.kind}: {case.name}: {what} ({found.seconds:.1f} s) {found.text[:160]!r}", flush=True
                        )
        finally:
            os.chdir(before)
    table = pd.DataFrame(rows)
    counts = pd.crosstab(table["kind"], table["outcome"]).reindex(columns=list(COUNTS), fill_value=0)
    counts.insert(0, "inputs", counts.sum(axis=1))
    counts.loc["all"] = counts.sum()
    print(counts.to_string())
    if not kinds:
        accepted = table[table["outcome"] == "accepted rightly"]
        odd = table[~table["outcome"].isin(["answered", "accepted rightly"])]
        notes = [
            f"The slowest took {table['seconds'].max():.1f} s; the median {table['seconds'].median() * 1e3:.1f} ms.",
            *(f"{one.outcome}: {one.input} ({one.text[:100]})" for one in odd.head(40).itertuples()),
        ]
        write_table("bad_input", counts.reset_index(), notes)
        accepted[["kind", "input"]].to_csv(RESULTS / "bad_input_accepted.csv", index=False)


if __name__ == "__main__":
    main()
