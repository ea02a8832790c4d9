"""Forecasts of bayescale on the 24 splits: fit the smaller runs and forecast the larger ones.

    python -m benchmarks.loss_forecast                 the default settings
    python -m benchmarks.loss_forecast --variants      also other settings, selected with each set left out in turn

Every posterior is sampled by NUTS and goes through the gate. A split whose posterior never passes is scored too, and
marked. The default settings were chosen on these sets. The unbiased figure is therefore the one with each set left out
of the selection.
"""

import argparse
import time
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

import bayescale as bs
from bayescale.scaling.model.spec import DISCREPANCY_GROWTH, Spec
from bayescale.scaling.single_law import fit_spec, runs_for
from bayescale.scaling_laws.priors.prior_files import default_table
from benchmarks.shared import RESULTS, Split, clustered, loss_splits, shared_tool, write_table

MEASURES = ("error", "coverage", "width", "interval_score", "coverage_50", "coverage_80", "coverage_95")
LEVELS = (0.5, 0.8, 0.95)


@dataclass(frozen=True)
class Variant:
    """Settings of the discrepancy to choose among; the first is the default."""

    name: str
    law: str = "joint"
    lengthscale: float = 0.3
    shared: float = 0.7
    growth: float = DISCREPANCY_GROWTH
    spread: float | None = None  # of the scale, where not that of the default priors

    @property
    def spec(self) -> Spec:
        """The law with these settings."""
        law, table = bs.law(self.law), default_table()
        if self.spread is not None:
            scale = replace(table["discrepancy_scale"], spread=self.spread)
            table = table.with_priors({"discrepancy_scale": scale})
        return Spec(
            law,
            noise=law.usual_noise,
            discrepancy_lengthscale=self.lengthscale,
            discrepancy_shared=self.shared,
            discrepancy_growth=self.growth,
            priors=table,
        )


VARIANTS = (
    Variant("default"),
    Variant("longer", lengthscale=0.5),
    Variant("shorter", lengthscale=0.2),
    Variant("one for all families", shared=1.0),
    Variant("wider prior", spread=1.0),
    Variant("constant amplitude", growth=0.0),
    Variant("steeper amplitude", growth=0.6),
    Variant("chinchilla", law="chinchilla"),
)


def forecast(split: Split, variant: Variant) -> tuple[np.ndarray, dict[str, object]]:
    """Draws of a new run's log loss (draw, test row), whether and how the gate passed, and wall and CPU seconds."""
    train = split.train.assign(run=split.train["run"].replace("", np.nan).astype(object))
    began, cpu = time.perf_counter(), time.process_time()
    try:
        spec = variant.spec
        fit, passed = fit_spec(runs_for([spec.law], train), spec, bs.Sampler(), 1, progress=False), True
    except bs.ChecksFailed as failed:
        fit, passed = failed.fit, False
    seconds, cpu_s = time.perf_counter() - began, time.process_time() - cpu
    targets = split.test[["family", "n_params", "n_tokens", "run"]]  # rows that continue a run are forecast as such
    run = fit.forecast(targets).dataset["run"].to_numpy()
    how = {"passed": passed, "attempt": fit.attribute("attempt")}
    return np.log(run.reshape(-1, run.shape[-1])), {**how, "seconds": round(seconds, 2), "cpu_s": round(cpu_s, 2)}


def measure(split: Split, variant: Variant) -> dict[str, object]:
    """One row of the table."""
    draws, how = forecast(split, variant)
    log_loss = np.log(split.test["loss"].to_numpy(dtype=float))
    scores = shared_tool("loss_splits").score(log_loss, np.quantile(draws, [0.05, 0.5, 0.95], axis=0))
    below = (draws < log_loss).mean(axis=0)
    inside = {f"coverage_{100 * level:.0f}": float((np.abs(below - 0.5) < level / 2).mean()) for level in LEVELS}
    continues = float(split.test["continues"].mean())
    return {
        "method": variant.name,
        "set": split.name,
        "factor": round(split.factor, 1),
        "n_train": len(split.train),
        "n_test": len(split.test),
        "continues": continues,
        **{name: round(float(value), 4) for name, value in {**scores, **inside}.items()},
        **how,
    }


def by_set(rows: pd.DataFrame) -> pd.DataFrame:
    """Means per set, and over sets with the error clustered by set."""
    table = rows.groupby("set", sort=False)[list(MEASURES)].mean()
    total = {name: clustered(rows, name) for name in MEASURES}
    table.loc["all sets"] = [total[name][0] for name in MEASURES]
    table.loc["± (by set)"] = [total[name][1] for name in MEASURES]
    return pd.DataFrame(table.round(3).reset_index())


def chosen_without_each_set(rows: pd.DataFrame) -> pd.DataFrame:
    """Scores on every set of the variant that had the least interval score on the others."""
    out = []
    for name in rows["set"].unique():
        others = rows[rows["set"] != name].groupby(["method", "set"])["interval_score"].mean().groupby("method").mean()
        best = others.idxmin()
        out.append(rows[(rows["set"] == name) & (rows["method"] == best)])
    return pd.DataFrame(pd.concat(out, ignore_index=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--variants", action="store_true", help="measure every variant, not the default alone")
    parser.add_argument("--only", nargs="*", help="names of variants to measure")
    options = parser.parse_args()
    path = RESULTS / "loss_forecast.csv"
    done = pd.read_csv(path) if path.exists() else pd.DataFrame(columns=["method"])
    names = options.only or [variant.name for variant in (VARIANTS if options.variants else VARIANTS[:1])]
    for variant in (variant for variant in VARIANTS if variant.name in names):
        rows = []
        for split in loss_splits():
            rows.append(measure(split, variant))
            print(" ".join(f"{key}={value}" for key, value in rows[-1].items()), flush=True)
        done = pd.concat([done[done["method"] != variant.name], pd.DataFrame(rows)], ignore_index=True)
        write_table("loss_forecast", done)
    write_table("loss_forecast_by_set", by_set(done[done["method"] == "default"]))
    if len(set(done["method"])) > 1:
        write_table("loss_forecast_left_out", by_set(chosen_without_each_set(done)))


if __name__ == "__main__":
    main()
