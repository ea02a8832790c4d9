"""Published laws of loss in size and data on the runs they were fitted to: cases of `benchmarks.published`."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from bayescale.scaling_laws.registry import law as find_law
from benchmarks.published_core import (
    Array,
    Case,
    Row,
    coefficients,
    inside,
    read,
    relative_error,
    sample,
    thinned,
    with_error,
)  # fmt: skip


def _share(p: Mapping[str, Array]) -> dict[str, Array]:
    """The exponent a of the compute-optimal size, N* ∝ C^a."""
    return {"a = beta/(alpha+beta)": p["beta"] / (p["alpha"] + p["beta"])}


def chinchilla() -> Iterator[Row]:
    points = read("chinchilla_epoch/points.csv")
    kept = points[~points["epoch_excluded"]]
    besiroglu = {
        "E": with_error(1.8172, 0.03), "A": with_error(482.01, 124.58), "alpha": with_error(0.3478, 0.02),
        "B": with_error(2085.43, 1293.23), "beta": with_error(0.3658, 0.02),
        "a = beta/(alpha+beta)": with_error(0.5126, 0.018),
    }  # fmt: skip
    everything = {
        "E": with_error(1.89, 0.044), "A": with_error(463, 145), "alpha": with_error(0.345, 0.018),
        "beta": with_error(0.452, 0.054),
    }  # fmt: skip
    hoffmann = {"E": 1.6934, "A": 406.4, "alpha": 0.3392, "B": 410.7, "beta": 0.2849}
    known = {
        "": "Besiroglu et al. show that the printed fit did not converge: their optimiser averaged the Huber loss and "
        "stopped early; the re-estimate from the same points (rows above) is what we reproduce"
    }
    name = "chinchilla_epoch"
    first = Case(name, "240 points", "chinchilla", kept, "L1, Besiroglu et al. 2024 [note]", besiroglu, {}, {}, _share)
    yield from coefficients(first)
    yield from coefficients(Case(name, "240 points, against the original paper", "chinchilla", kept,
                                 "L1, Hoffmann et al. 2022, TeX [note]", hoffmann, known))  # fmt: skip
    yield from coefficients(Case(name, "all 245 points", "chinchilla", points, "L1, Besiroglu et al. 2024 [note]",
                                 everything, OUTLIERS))  # fmt: skip


OUTLIERS = {
    "": "Student-t noise sets the five outliers aside, which the authors' Huber loss does less",
    "B": "published 12,530 with a standard error of 61,650: no test",
}
GADRE = {
    "c4_original": ("C4", {"E": 1.508, "A": 113.7, "alpha": 0.2425, "B": 152.5}, (0.759, 1.289, 0.972)),
    "rpj": ("RedPajama", {"E": 1.837, "A": 166.2, "alpha": 0.2729, "B": 287.2}, (0.761, 1.323, 0.891)),
    "rw_original": ("RefinedWeb", {"E": 1.734, "A": 125.1, "alpha": 0.2544, "B": 196.0}, (0.768, 1.128, 0.822)),
}


def gadre() -> Iterator[Row]:
    name, source = "gadre_overtraining", "L11, Gadre et al. 2024 [code]"
    losses, tasks = read(f"{name}/losses.csv"), read(f"{name}/downstream.csv")
    losses = losses[losses["eval_set"] == "c4"]
    error = (1 - tasks.groupby("model")["accuracy"].mean()).rename("error")
    losses = losses.join(error, on="model")
    for family, (label, printed, link) in GADRE.items():
        runs = losses[losses["family"] == family]
        smallest = runs["n_params"] == runs["n_params"].min()
        five = runs[(runs["chinchilla_multiplier"] == 1) | (smallest & (runs["chinchilla_multiplier"] == 16))]
        yield from coefficients(Case(name, f"{label}, the authors' five runs", "overtraining", five, source, printed))
        yield from coefficients(Case(name, f"{label}, all runs", "overtraining", runs, source, printed))
        eps, k, gamma = link
        published = {"eps": eps, "k (at a loss of 0)": k, "gamma": gamma}
        what = f"{label}, mean error of 46 tasks"
        case = Case(name, what, "downstream_error", runs, source, published, LINK, derived=_at_zero)
        yield from coefficients(case)
    yield from _chained(losses[losses["family"] == "rpj"], source)


LINK = {
    "eps": "the authors fit six runs, one of them of 1.4B and not in the folder: least squares gives .799 through the "
    "five that are, .760 through all 32"
}


def _at_zero(p: Mapping[str, Array]) -> dict[str, Array]:
    return {"k (at a loss of 0)": p["k_3"] * np.exp(3 * p["gamma"])}


def _chained(runs: pd.DataFrame, source: str) -> Iterator[Row]:
    """Loss, then error, of the largest models from those up to 154 million parameters."""
    small, large = runs[runs["n_params"] < 3e8], runs[runs["n_params"] >= 3e8]
    case = Case("gadre_overtraining", "RedPajama, up to 154M", "overtraining", small, source)
    loss = sample(case)
    link = sample(Case("gadre_overtraining", case.data, "downstream_error", small, source))
    asked = loss.fit.then(link.fit).forecast(large[["n_params", "n_tokens"]]).table
    truth = large["error"].to_numpy()
    quantity = f"error of {len(large)} runs of 411M through loss: mean relative error, %"
    yield link.error(quantity, relative_error(truth, asked["run_median"].to_numpy()))
    yield link.error("... share inside the 90 % interval, %", inside(truth, asked))


def datablations() -> Iterator[Row]:
    name = "datablations"
    runs = read(f"{name}/points.csv").rename(columns={"unique_tokens": "n_unique_tokens"})
    values = runs[["n_params", "n_tokens", "n_unique_tokens", "loss"]].to_numpy()
    worse = [bool(((values[:, :3] <= one[:3]).all(axis=1) & (values[:, 3] < 0.999 * one[3])).any()) for one in values]
    falling = runs[~np.array(worse)]  # the law cannot rise: runs that a run with no more of anything beats are left out
    single = runs[runs["epochs"] <= 1]
    source = "L13, Muennighoff et al. 2023 [code]"
    base = {"E": 1.87, "A": 521.0, "alpha": 0.353, "B": 1488.0}
    decay = {"beta": 0.353, "R_D": 15.387756, "R_N": 5.309743}
    one = sample(Case(name, "one epoch", "overtraining", single, source, base, REPEATED))
    yield from one.coefficients()
    published = find_law("data_constrained").published
    inputs = {key: single[key].to_numpy() for key in ("n_params", "n_tokens", "n_unique_tokens")}
    said = find_law("data_constrained").predict(inputs, next(iter(published.values())))
    off = 100 * float(np.median(single["loss"].to_numpy() / np.asarray(said) - 1))
    row = one.row("finding", "median loss over the published law's, %, no fit", ours=off, published=0.0)
    yield {**row, "gate": "", "seconds": 0, "rhat": "", "divergences": ""}
    printed = {key: value for key, value in {**base, **decay}.items() if key != "B"}
    for label, table in (
        ("runs that no smaller one beats", falling),
        (
            "... from 400M unique and 1e9 tokens",
            falling[(falling["n_unique_tokens"] >= 4e8) & (falling["n_tokens"] >= 1e9)],
        ),
    ):
        yield from coefficients(Case(name, label, "data_constrained", table, source, printed, REPEATED))


REPEATED = {
    "": "the published base law lies far under these one-epoch losses (row of the median) and does not describe them; "
    "29 one-epoch runs are here (authors: 54), most small or short",
    "R_D": "four other choices of rows give 36, 36, 36 and 65; Huber with tied exponents gives 30 to 47, and anything "
    "where runs above 100 epochs are left out; but the published base law does not describe these losses, and the "
    "authors' runs above 2.8e9 parameters are not in the folder",
    "beta": "the authors tie beta to alpha; left free, these rows want a smaller one, together with the larger R_D",
}
KAPLAN = {"N_c": 6.4e13, "alpha_N": 0.076, "D_c": 1.8e13, "alpha_D": 0.103}


def gpt3() -> Iterator[Row]:
    curves = read("gpt3_curves/curves.csv")
    curves = curves[curves["loss_split"] == "val"].sort_values(["n_params", "n_tokens"])
    few = pd.concat([thinned(one, 30) for _, one in curves.groupby("n_params")])
    yield from coefficients(
        Case("gpt3_curves", "checkpoints", "kaplan", few, "L2, Kaplan et al. 2020 [note]", KAPLAN, KAPLANS)
    )
    frontier = curves.loc[curves.groupby(np.floor(np.log2(curves["flops"]) * 3))["loss"].idxmin()]
    yield from coefficients(Case("gpt3_curves", "least loss by compute", "power", frontier,
                                 "L2, L4: .050 Kaplan, .048 Henighan [note]", {"alpha": 0.05}, FRONTIER))  # fmt: skip
    yield from _largest("gpt3_curves", few)


def opt() -> Iterator[Row]:
    curves = read("opt_curves/curves.csv").sort_values(["n_params", "n_tokens"])
    yield from coefficients(
        Case("opt_curves", "checkpoints", "kaplan", curves, "L2, Kaplan et al. 2020 [note]", KAPLAN, KAPLANS)
    )
    yield from _largest("opt_curves", curves)


def _largest(name: str, table: pd.DataFrame) -> Iterator[Row]:
    """Every size but the largest forecasts the last 30 % of the largest one's tokens; the first 1e10 are left out.

    As the authors do it, every checkpoint by itself; and with the ids of runs, as bayescale would have it.
    """
    late = table[table["n_tokens"] > 1e10].assign(run=lambda t: t["model"])
    small, large = late[late["n_params"] < late["n_params"].max()], late[late["n_params"] == late["n_params"].max()]
    large = large[large["n_tokens"] > 0.7 * large["n_tokens"].max()]
    truth = large["loss"].to_numpy()
    source = "L6, Choshen et al. 2024: 4 to 10 % [full]"
    for label, rows in (("largest size held out", small.drop(columns=["run"])), ("... with ids of runs", small)):
        done = sample(Case(name, label, "hitchhiker", rows, source))
        asked = done.fit.forecast(large[["n_params", "n_tokens"]]).table
        error = relative_error(truth, asked["run_median"].to_numpy())
        why = RUN_EFFECT if error > 10 else ""
        yield done.error("end of the largest run: mean relative error, %", error, 10.0, why)
        yield done.error("... share inside the 90 % interval, %", inside(truth, asked))
        if "run" in rows:
            draws = done.fit.tree["posterior"]["noise_run"].to_numpy()
            lower, median, upper = (float(one) for one in np.quantile(draws, [0.05, 0.5, 0.95]))
            quantity = "noise_run (seeds: .0004, nanogpt_seed_noise)"
            yield done.row("finding", quantity, ours=median, lower=lower, upper=upper)


RUN_EFFECT = (
    "one run a size: the run effect takes what size does, as its prior (median .01, 90 % to .05) allows far more than "
    "seeds differ by (.0004)"
)
KAPLANS = {
    "": "another corpus and tokeniser, nominal instead of non-embedding sizes, and checkpoints of unfinished schedules "
    "in place of early-stopped runs; N_c and D_c depend on the tokeniser"
}
FRONTIER = {
    "": "envelope of five sizes, curves from 1.1e10 tokens on, schedules unfinished: local slopes are .09 below "
    "1e20 FLOP, .06 to .07 above; the published ones are of runs tuned to their compute"
}


def misfitting() -> Iterator[Row]:
    runs = read("misfitting/runs.csv")
    runs = runs[runs["is_final"]]
    best = runs.loc[runs.groupby(["n_params", "n_tokens"])["loss"].idxmin()].drop(columns=["run"])
    late = best[best["n_tokens"] > 1e9]
    for label, table in (("best rate of every size and data", best), ("... above 1e9 tokens", late)):
        yield from coefficients(Case("misfitting", label, "chinchilla", table, "no coefficients in laws.md",
                                     derived=_share))  # fmt: skip


#: Width of the residual stream by size (Biderman et al. 2023, arXiv 2304.01373, table 1).
PYTHIA_WIDTHS = {
    "70M": 512, "160M": 768, "410M": 1024, "1B": 2048, "1.4B": 2048, "2.8B": 2560, "6.9B": 4096, "12B": 5120,
}  # fmt: skip
OTHER_TEXT = {
    "": "one family, fitted alone: no amplitude and exponent shared with OPT, Qwen2.5 and GPT-2; the Pile's test set, "
    "losses put on the scale of another tokeniser, in place of the first 1,000 documents of pile-10k"
}


def pythia_widths() -> Iterator[Row]:
    table = read("pile_loss_facts/table.csv")
    pythia = table[table["family"] == "pythia"]
    runs = pythia.assign(width=pythia["size"].map(PYTHIA_WIDTHS))[["width", "loss"]]
    printed = {"L_inf": 1.5203, "C_m": 476.0763, "alpha_m": with_error(0.9098, 0.036)}
    yield from coefficients(Case("pile_loss_facts", "Pythia by width, Pile test set", "superposition", runs,
                                 "L40, Liu et al. 2025, Pythia on the Pile [code]", printed, OTHER_TEXT))  # fmt: skip


SETS = {
    "chinchilla_epoch": chinchilla,
    "gadre_overtraining": gadre,
    "datablations": datablations,
    "gpt3_curves": gpt3,
    "opt_curves": opt,
    "misfitting": misfitting,
    "pile_loss_facts": pythia_widths,
}
