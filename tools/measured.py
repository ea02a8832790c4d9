"""Tables of what was measured, from `benchmarks/results/`, for the documentation."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from tools.markdown import table

RULES = ("variance", "fewest_successes")
RESULTS = Path(__file__).parents[1] / "benchmarks" / "results"


def measured_loss() -> str:
    """Forecasts of larger runs: ours beside both rivals, one row per data set."""
    ours = pd.read_csv(RESULTS / "loss_forecast_by_set.csv").set_index("set")
    rival = pd.read_csv(RESULTS / "loss_baselines.csv")
    means = rival.groupby(["method", "set"])[["error", "coverage", "interval_score"]].mean()
    rows = []
    for name in rival["set"].drop_duplicates():
        three = [ours.loc[name], *(means.loc[(method, name)] for method in ("huber", "ssl"))]
        rows.append([name, *_triple(three, "error", "{:.2f}"), *_triple(three, "coverage", "{:.0%}")])
        rows[-1] += _triple(three, "interval_score", "{:.1f}")
    by_set = [ours.loc[list(means.loc["huber"].index)], means.loc["huber"], means.loc["ssl"]]
    rows.append(["all sets, ± standard error over them"])
    for name, form in (
        ("error", "{:.2f} ± {:.2f}"),
        ("coverage", "{:.0%} ± {:.0%}"),
        ("interval_score", "{:.1f} ± {:.1f}"),
    ):
        rows[-1] += [form.format(one[name].mean(), one[name].std() / len(one) ** 0.5) for one in by_set]
    which = ("bayescale", "Huber", "ssl")
    header = ["data set", *(f"{what}: {one}" for what in ("error %", "inside", "score") for one in which)]
    return table(header, rows)


def _triple(rows: Sequence["pd.Series[Any]"], name: str, form: str) -> list[str]:
    return [form.format(row[name]) for row in rows]


def measured_risk() -> str:
    """Errors of ASR@N and pass@k by kind of cell, with who is best."""
    frame = pd.read_csv(RESULTS / "risk_forecast.csv")
    lines = ["coverage_line_brown", "coverage_line_hughes"]
    methods = ["bayescale", *lines, "beta_binomial", "plugin", "anchored", "naive"]
    rows = []
    for row in frame.to_dict("records"):
        best = min(methods, key=lambda one: row[one])
        rows.append([row["data"], *(f"{row[one]:.1f}" for one in methods), f"{row['coverage']:.0%}", best])
    overall = pd.read_csv(RESULTS / "risk_forecast_overall.csv").set_index(["cells", "method"])
    for cells in ("all", "real", "simulated"):
        errors = overall.loc[cells]["error"]
        inside = overall.loc[(cells, "bayescale"), "coverage"]
        said = [f"{errors[one]:.1f}" for one in methods]
        rows.append([f"**mean, {cells}**", *said, f"{inside:.0%}", errors[methods].idxmin()])
    short = {"coverage_line_brown": "line, Brown", "coverage_line_hughes": "line, Hughes"}
    rows = [[short.get(cell, cell) for cell in row] for row in rows]
    return table(["cells", *(short.get(one, one) for one in methods), "bayescale: inside 90 %", "best"], rows)


def measured_sampling() -> str:
    """What dynamic sampling gains over an even spread, in points, by k, attempts and estimator."""
    frame = pd.read_csv(RESULTS / "dynamic_sampling.csv")
    titles = {"plug_in": "observed rates", "beta_binomial": "beta-binomial", "bayescale": "bayescale"}
    rows = []
    for (k, attempts), cell in frame.groupby(["k", "attempts"]):
        for name, title in titles.items():
            own = cell[cell["estimator"] == name].set_index("rule")
            if len(own):
                gains = [f"{own.loc[one, 'gain']:+.1f} ± {own.loc[one, 'gain_se']:.1f}" for one in RULES]
                rows.append([f"{k:,}", f"{attempts}", title, f"{own.loc['even', 'error']:.1f}", *gains])
    header = ["k", "attempts a problem", "estimator", "even spread: error", *(f"`{one}`: gain" for one in RULES)]
    return table(header, rows)


DOMAINS = {"IC": "image classification", "BB": "BIG-bench", "NMT": "translation"}


def measured_curves() -> str:
    """Errors of extrapolated learning curves by domain."""
    frame = pd.read_csv(RESULTS / "learning_curves_by_domain.csv")
    wanted = ["m3", "ls_bnsl", "ls_m4", "ls_m3"]
    rows = []
    for domain, own in frame.groupby("domain", sort=False):
        error = own.set_index("method")["rmse"]
        inside = own.set_index("method")["in_90"]["m3"]
        rows.append([DOMAINS[domain], own["curves"].iloc[0], *(f"{error[one]:.4f}" for one in wanted), f"{inside:.0%}"])
    return table(["domain", "curves", *wanted, "m3: inside 90 %"], rows)
