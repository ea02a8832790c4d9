"""Forecasts of larger runs under other priors of floors and exponents, or another discrepancy, one change at a time.

    python -m benchmarks.prior_variants                every variant and split that is not yet in the results
    python -m benchmarks.prior_variants --only NAME    these variants (`--sets NAME ...`: these sets)
    python -m benchmarks.prior_variants --tables       the tables of what was measured

Medians lie above larger runs in every set whose law is `joint`: these variants look for the cause. Splits are those of
`all_sets`. Each set is compared with the baseline (the default, but stated exponents in tables of checkpoints) on the
same splits and seed; `prior_variants_left_out` has, for each set, the scores of the variant that is best on the others.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from bayescale.scaling.evaluation.scores import mean_scores
from bayescale.scaling.model.spec import Spec
from bayescale.scaling.single_law import make_spec
from bayescale.scaling_laws.prior import Prior
from bayescale.scaling_laws.priors.prior_files import default_table, read_priors
from benchmarks.all_sets import PERCENT, SCORES, forecast
from benchmarks.all_sets_tables import EIGHT, Split, splits
from benchmarks.shared import RESULTS, clustered, write_table

LEAVE_OUT = ("learning_curves", "multipower", "clip_mammut")  # one curve a fit; laws without the priors that vary
KEY = ["variant", "set", "part", "factor"]
MEASURED = tuple(name for name in SCORES if name != "crps")


@dataclass(frozen=True)
class Variant:
    """One change of the baseline: the default with stated exponents in tables of checkpoints.

    floor        logit and spread of the share of the floor of a loss.
    exponents    factor of the medians of all exponents.
    length       length scale of the discrepancy.
    checkpoints  whether tables of checkpoints have the stated exponents.
    """

    name: str
    floor: tuple[float, float] | None = None
    exponents: float = 1.0
    length: float = 0.3
    checkpoints: bool = True

    def spec(self, split: Split) -> Spec:
        """The default model of a split with this change."""
        table = default_table()
        if self.checkpoints and has_checkpoints(split):
            table = table.with_priors({"exponent": read_priors("stated")["exponent"]})
        priors = {"floor": Prior("logit", *self.floor)} if self.floor else {}
        if self.exponents != 1.0:
            priors |= {
                name: replace(prior, location=prior.location + float(np.log(self.exponents)))
                for name, prior in table.priors.items()
                if name.startswith("exponent")
            }
        spec = make_spec(split.law, "family", True, None, None, table.with_priors(priors, self.name))
        return replace(spec, discrepancy_lengthscale=self.length)


BASE = "baseline"
VARIANTS = (
    Variant(BASE),
    Variant("exponents of finished runs, the default", checkpoints=False),
    Variant("floor 0 ± .8", (0.0, 0.8)),
    Variant("floor -.5 ± .8", (-0.5, 0.8)),
    Variant("floor 0 ± 1.2", (0.0, 1.2)),
    Variant("floor -.5 ± 1.2", (-0.5, 1.2)),
    Variant("exponents x .85", exponents=0.85),
    Variant("floor 0 ± .8, exponents x .85", (0.0, 0.8), 0.85),
    Variant("length scale .5", length=0.5),
)


def has_checkpoints(split: Split) -> bool:
    """Whether some run has several training rows."""
    named = split.train[split.train["run"] != ""]
    return bool(named.duplicated(["family", "run"]).any())


def measure(variant: Variant, split: Split) -> dict[str, object]:
    """One row of the results."""
    points, passed = forecast(split, variant.spec(split))
    scores = {name: value * (100 if name in PERCENT else 1) for name, value in mean_scores(points).items()}
    bias = 100 * float(np.log1p(points["error"]).mean())
    chosen = {name: scores[name] for name in MEASURED}
    return dict(zip(KEY, (variant.name, *split.key), strict=True)) | chosen | {"bias": bias, "passed": passed}


def run(variants: Sequence[Variant], sets: Sequence[str] | None) -> None:
    """Measure what is not yet in the results, writing each row as it is measured."""
    path = RESULTS / "prior_variants.csv"
    table = pd.read_csv(path, keep_default_na=False) if path.is_file() else pd.DataFrame(columns=KEY)
    done = {tuple(map(str, row)) for row in table[KEY].to_numpy()}
    for variant in variants:
        for split in splits():
            wanted = split.name in sets if sets else split.name not in LEAVE_OUT
            wanted = wanted and (variant.checkpoints or has_checkpoints(split))  # elsewhere as the baseline
            if not wanted or tuple(map(str, (variant.name, *split.key))) in done:
                continue
            row = measure(variant, split)
            table = pd.concat([table, pd.DataFrame([row])], ignore_index=True)
            table.to_csv(path, index=False, float_format="%.5g")
            print(*row.values(), flush=True)


def paired(table: pd.DataFrame) -> pd.DataFrame:
    """Every measured row beside that of the baseline on the same split, with log ratios."""
    baseline = table[table["variant"] == BASE].drop(columns="variant")
    pairs = table.merge(baseline, on=KEY[1:], suffixes=("", "_baseline"))
    ratios = {
        f"log ratio {score}": np.log(pairs[score] / pairs[f"{score}_baseline"]) for score in ("error", "interval_score")
    }
    return pairs.assign(**ratios)


def by_variant(pairs: pd.DataFrame) -> pd.DataFrame:
    """Means over sets, with standard errors by set of the log ratios to the baseline."""
    groups = {"24 splits": pairs["set"].isin(EIGHT), "the other sets": ~pairs["set"].isin(EIGHT)}
    out = []
    for (label, chosen), variant in ((group, name) for group in groups.items() for name in pairs["variant"].unique()):
        rows = pairs[chosen & (pairs["variant"] == variant)]
        if rows.empty:
            continue
        line: dict[str, object] = {"variant": variant, "sets_of": label, "sets": rows["set"].nunique()}
        line |= {name: clustered(rows, name).mean for name in (*MEASURED, "bias")}
        for score in ("error", "interval_score"):
            line[f"log ratio {score}"], line[f"± {score}"] = clustered(rows, f"log ratio {score}")
        out.append(line | {"passed": rows["passed"].astype(str).eq("True").mean()})
    return pd.DataFrame(out)


def left_out(pairs: pd.DataFrame) -> pd.DataFrame:
    """The variant with the least mean log ratio of interval score and error on the other sets, scored on each set."""
    sets = pairs["set"].unique()
    whole = [name for name, rows in pairs.groupby("variant", sort=False) if rows["set"].nunique() == len(sets)]
    means = pairs[pairs["variant"].isin(whole)].groupby(["variant", "set"], sort=False).mean(numeric_only=True)
    out = []
    for name in sets:
        others = means.drop(index=name, level="set").groupby("variant", sort=False)
        total = others["log ratio interval_score"].mean() + others["log ratio error"].mean()
        chosen = str(total.idxmin())
        line = means.loc[(chosen, name)]
        ratios = {score: float(line[f"log ratio {score}"]) for score in ("error", "interval_score")}
        scores = {score: float(line[score]) for score in MEASURED}
        out.append({"set": name, "chosen": chosen, **scores, **{f"log ratio {k}": v for k, v in ratios.items()}})
    table = pd.DataFrame(out)
    numbers = table.drop(columns=["set", "chosen"])
    mean = {"set": "mean", "chosen": "", **numbers.mean().to_dict()}
    error = {"set": "± (by set)", "chosen": "", **(numbers.std(ddof=1) / np.sqrt(len(table))).to_dict()}
    return pd.concat([table, pd.DataFrame([mean, error])], ignore_index=True)


def write() -> None:
    """Write the tables of what was measured."""
    pairs = paired(pd.read_csv(RESULTS / "prior_variants.csv", keep_default_na=False))
    note = (
        "Means over sets, ± the standard error by set. Log ratios are to the baseline on the same splits (below 0: "
        "better). `bias` is the mean log ratio of median and measurement, in %."
    )
    write_table("prior_variants_by_variant", by_variant(pairs), [note])
    write_table("prior_variants_left_out", left_out(pairs), [note])


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=[variant.name for variant in VARIANTS])
    parser.add_argument("--sets", nargs="+", help="only these sets")
    parser.add_argument("--tables", action="store_true", help="measure nothing")
    options = parser.parse_args()
    if not options.tables:
        run([variant for variant in VARIANTS if not options.only or variant.name in options.only], options.sets)
    write()


if __name__ == "__main__":
    main()
