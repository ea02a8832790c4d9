"""Compare fits with published coefficients, on public data that contain the authors' runs.

    python -m benchmarks.published                       every data set (about half an hour)
    python -m benchmarks.published --only steplaw        some of them; the other rows of the table do not change

A coefficient agrees if the published value is inside our 90 % interval ("yes"), or if its published 90 % interval
overlaps ours ("overlap"). An error of prediction agrees if it is at most the published one. Priors are those of the
catalogue. The discrepancy is off, because the authors' fits have none.
"""

import argparse
import os

import pandas as pd

from benchmarks import published_loss, published_tasks, published_training
from benchmarks.published_core import COLUMNS, Row
from benchmarks.shared import RESULTS, SHARED, aligned_markdown, write_table

SETS = {**published_loss.SETS, **published_training.SETS, **published_tasks.SETS}
WITHOUT = (
    "No run of a quantised model is in the public data: qat, ptq, float_training and precision are checked on printed "
    "values and simulations alone. The 57 curves of revisiting_learning_curves (M1 to M4, broken power) are in "
    "learning_curves_by_domain.md: no coefficients are published, errors are compared there."
)
HOW = (
    "Where a published value was read: [full] text, [code] authors' code, [note] third party, [refit] recomputed from "
    "their data, [M] from memory, unconfirmed. Seconds include compiling where a law is met first, on a busy machine."
)


def merged(rows: list[Row], name: str) -> pd.DataFrame:
    """The table with the rows of one set replaced, sets in their usual order."""
    path = RESULTS / "published.csv"
    fresh = pd.DataFrame(rows, columns=list(COLUMNS)).assign(set=name)
    if not path.is_file():
        return fresh
    old = pd.read_csv(path, keep_default_na=False, na_values=[""], dtype={"agrees": str, "why": str})
    both = pd.concat([old[(old["set"] != name) & old["set"].isin(SETS)], fresh], ignore_index=True)
    return both.sort_values("set", key=lambda s: s.map(list(SETS).index), kind="stable", ignore_index=True)


def summary(table: pd.DataFrame) -> list[str]:
    """Summary of the table in sentences."""
    asked = table[table["agrees"].isin(["yes", "overlap", "no"])]
    number, error = (asked[asked["kind"] == kind]["agrees"] for kind in ("coefficient", "error"))
    out = [
        f"{(number == 'yes').sum()} of {len(number)} published coefficients lie inside our 90 % interval, of "
        f"{(number == 'overlap').sum()} more the published interval overlaps it; {(number == 'no').sum()} disagree.",
        f"{(error == 'yes').sum()} of {len(error)} published errors of prediction are reached.",
    ]
    fits = table[table["gate"].isin(["passed", "FAILED"])].drop_duplicates(["data", "law", "set"])
    out.append(f"{(fits['gate'] == 'passed').sum()} of {len(fits)} fits passed the gate.")
    return out


def readable(table: pd.DataFrame, below: list[str]) -> str:
    """Markdown with intervals in one column each and reasons as numbered notes."""
    reasons = [text for text in dict.fromkeys(table["why"].fillna("").astype(str)) if text]
    number = {text: f"{i + 1}" for i, text in enumerate(reasons)}
    shown = pd.DataFrame(
        {
            "set": table["set"],
            "data": table["data"],
            "law": table["law"],
            "rows": table["rows"].map(brief),
            "quantity": table["quantity"],
            "published": table[["published", "pub_lower", "pub_upper"]].apply(interval, axis=1),
            "ours (90 %)": table[["ours", "lower", "upper"]].apply(interval, axis=1),
            "agrees": table["agrees"].fillna(""),
            "gate": table["gate"].fillna(""),
            "s": table["seconds"].map(brief),
            "R-hat": table["rhat"].map(brief),
            "div.": table["divergences"].map(brief),
            "source": table["source"],
            "note": table["why"].fillna("").astype(str).map(lambda text: number.get(text, "")),
        }
    )
    notes = [f"{i + 1}. {text}" for i, text in enumerate(reasons)]
    return "\n".join([aligned_markdown(shown), *(f"{text}\n" for text in [*below, HOW, WITHOUT]), *notes]) + "\n"


def interval(row: "pd.Series[float]") -> str:
    """A value, and its interval in brackets where there is one."""
    value, lower, upper = map(brief, row)
    return f"{value} ({lower} to {upper})" if lower else value


def brief(value: object) -> str:
    """Four digits, or nothing."""
    number = pd.to_numeric(pd.Series([value]), errors="coerce").iloc[0]
    return "" if pd.isna(number) else f"{number:.4g}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", choices=list(SETS), default=list(SETS))
    options = parser.parse_args()
    if not SHARED.is_dir():
        raise SystemExit(f"The public data are not beside the checkout ({SHARED}): set BAYESCALE_SHARED.")
    for name in options.only:
        rows: list[Row] = []
        for row in SETS[name]():
            rows.append(row)
            print({key: value for key, value in row.items() if key not in ("set", "source")}, flush=True)
        table = merged(rows, name)
        path = write_table("published", table, summary(table))
        path.with_suffix(".md").write_text(readable(table, summary(table)), encoding="utf-8")
    print(*summary(pd.read_csv(RESULTS / "published.csv", keep_default_na=False)), sep=os.linesep)


if __name__ == "__main__":
    main()
