"""Public sets on which a law can be compared with larger runs, with the law and the cuts of each.

The sets are all public tables whose loss (or error) was measured at several scales. The law of each set was chosen
before any fit, for the reasons that `DataSet.grounds` states. A table has `family`, `run` (blank where every row is a
separate run), the law's inputs and `loss`. The column `loss` also holds error shares.

Cuts are 10^(k/2) below the largest value of the cut column, for k = 1, 2, 3, 4 while at least `LEAST_ROWS` rows remain
for the fit. The sets of `loss_splits` have the same cuts as there. Of each curve a few checkpoints are used, evenly
spaced in the logarithm.

These sets are not used: vocab_scaling (its measure is negative), observational_evals (shares of tasks, no loss),
nanogpt_seed_noise (one scale), double_descent (deliberately not a power law), the meta-sweep of misfitting
(predecessors of the same runs).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

import bayescale as bs
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.registry import law as find_law
from benchmarks.learning_curves import curves
from benchmarks.published_core import read
from benchmarks.published_training import TRAINED, WARMUP, rates
from benchmarks.shared import HARD_SET, loss_splits

LEAST_ROWS = 6
CHECKPOINTS = 8  # of a run
CURVE_POINTS = 24  # of a learning curve that is fitted alone
EVERY_CURVE = 7  # of the 57 learning curves by sorted name, to bound the cost (four models a task: no even step)
LONGEST = "constant_72000"  # the schedule that shows the run at a constant rate at its longest
MOST_EPOCHS = 40  # beyond some forty passes loss rises, which the law of repeated data cannot say


@dataclass(frozen=True, eq=False)
class Split:
    """One forecast task: rows up to a cut, and those beyond it, with `continues`: whether their run has rows below.

    name, part  the set, and what of it is fitted alone (empty: all).
    factor      largest value of the cut column over the largest that is fitted.
    """

    name: str
    part: str
    factor: float
    law: Law
    train: pd.DataFrame
    test: pd.DataFrame

    @property
    def key(self) -> tuple[str, str, float]:
        """Key of a split in a table of results."""
        return self.name, self.part, round(self.factor, 1)


@dataclass(frozen=True)
class DataSet:
    """A set, its law and the grounds for it. `parts` returns the tables, by name; each is fitted separately."""

    name: str
    law: str
    cut: str
    grounds: str
    parts: Callable[[], dict[str, pd.DataFrame]]
    halves: tuple[int, ...] = (1, 2, 3, 4)  # of a decade below the largest

    def splits(self) -> Iterator[Split]:
        """The set's forecast tasks."""
        law = find_law(self.law, response="loss")
        for part, table in self.parts().items():
            for k in self.halves:
                factor = 10 ** (k / 2)
                below = (table[self.cut] <= table[self.cut].max() / factor * 1.0001).to_numpy()
                if below.sum() >= LEAST_ROWS:
                    yield Split(self.name, part, factor, law, table[below], continued(table[below], table[~below]))


def continued(train: pd.DataFrame, test: pd.DataFrame) -> pd.DataFrame:
    """The test rows, with whether their run is known."""
    known = set(zip(train["family"], train["run"], strict=True)) - {(family, "") for family in set(train["family"])}
    pairs = zip(test["family"], test["run"], strict=True)
    return test.assign(continues=[pair in known for pair in pairs])


def few(curve: pd.DataFrame, along: str, points: int = CHECKPOINTS) -> pd.DataFrame:
    """A few rows of one curve, evenly spaced in the logarithm of a column."""
    curve = curve.sort_values(along)
    place = np.log(curve[along].to_numpy(dtype=float))
    wanted = np.linspace(place[0], place[-1], points)
    return curve.iloc[sorted({int(np.abs(place - one).argmin()) for one in wanted})]


def tidy(table: pd.DataFrame, *inputs: str, run: str = "", family: str = "family") -> pd.DataFrame:
    """Columns family, run, inputs (as float64) and loss, with compute where size and data are inputs."""
    names = table[run].astype(str) if run else ""
    out = table.assign(family=table[family].astype(str), run=names)
    out = out[list(dict.fromkeys(["family", "run", *inputs, "loss"]))].astype(dict.fromkeys([*inputs, "loss"], float))
    if {"n_params", "n_tokens"} <= set(inputs):
        out = out.assign(flops=6 * out["n_params"] * out["n_tokens"])
    return out.reset_index(drop=True)


def gpt3() -> pd.DataFrame:
    """Validation curves of five sizes, digitised."""
    table = read("gpt3_curves/curves.csv").query("loss_split == 'val'")
    table = pd.concat([few(one, "n_tokens") for _, one in table.groupby("model")])
    return tidy(table, "n_params", "n_tokens", run="model")


def opt() -> pd.DataFrame:
    """Checkpoints of four sizes."""
    table = pd.concat([few(one, "n_tokens") for _, one in read("opt_curves/curves.csv").groupby("model")])
    return tidy(table, "n_params", "n_tokens", run="model")


def pythia_lambada() -> pd.DataFrame:
    """Log perplexity of the last word over training, from 1,000 steps on: before, it is that of chance."""
    table = read("pythia_evals/curves.parquet").query("task == 'lambada_openai' and metric == 'ppl' and step >= 1000")
    table = table.assign(loss=np.log(table["value"]))
    table = pd.concat([few(one, "n_tokens") for _, one in table.groupby(["family", "model"])])
    return tidy(table, "n_params", "n_tokens", run="model")


def pile() -> pd.DataFrame:
    """One table of finished models of four families."""
    return tidy(read("pile_loss_facts/table.csv").dropna(subset=["n_tokens", "loss"]), "n_params", "n_tokens")


def steplaw() -> pd.DataFrame:
    """The best of each sweep of learning rate and batch size."""
    runs = read("steplaw/dense_sweep.csv")
    best = runs.loc[runs.groupby(["n_params", "n_tokens"])["smooth_loss"].idxmin()]
    return tidy(best.assign(loss=best["smooth_loss"]), "n_params", "n_tokens")


def datablations() -> pd.DataFrame:
    """Runs of up to forty passes over their data."""
    runs = read("datablations/points.csv").query(f"epochs <= {MOST_EPOCHS}")
    return tidy(runs.rename(columns={"unique_tokens": "n_unique_tokens"}), "n_params", "n_tokens", "n_unique_tokens")


def routed_moe() -> pd.DataFrame:
    """Finished runs of three routers and of dense models, one expert a token in every second layer."""
    runs = read("routed_moe/curves.parquet").query("is_final and top_k == 1 and routing_frequency == 0.5")
    runs = runs.drop(columns="n_params").rename(columns={"n_params_active": "n_params", "num_experts": "n_experts"})
    return tidy(runs, "n_params", "n_experts")


def openclip() -> pd.DataFrame:
    """Zero-shot error of finished models; families are training sets; compute counts patches, which size does not."""
    table = read("openclip_scaling/learning_curves.csv").query("epoch == total_epochs")
    return tidy(table.assign(loss=table["error"], flops=table["forward_macs"]), "flops")


def clip_mammut() -> pd.DataFrame:
    """The least error so far by compute: sweeps leave most runs badly tuned, and the law is that of the frontier."""
    runs = read("clip_mammut_segmentation/runs.csv").sort_values(["family", "flops", "loss"])
    before = runs.groupby("family")["loss"].transform(lambda loss: loss.cummin().shift(fill_value=np.inf))
    return tidy(runs[runs["loss"] < before], "flops")


def multipower() -> pd.DataFrame:
    """Curves of two sizes, each a family, under several schedules of the learning rate.

    Schedules share the run at a constant rate that they decay from: it is here once, and each decay by itself.
    """
    parts = []
    table = read("multipower_lr_curves/curves.csv").sort_values(["model", "schedule", "step"])
    for (_, schedule), curve in table.groupby(["model", "schedule"]):
        every, step = rates(curve), curve["step"].to_numpy()
        features = {name: values[step] for name, values in bs.schedule_features(every).items()}
        features["lr_area"] = features["lr_area"] - WARMUP / 2 * every[0]
        curve = curve.assign(**features, step=step.astype(float))
        own = curve if schedule == LONGEST else curve[curve["lr_annealing"] > 0]
        parts += [few(own, "step")] if len(own) else []
    return tidy(pd.concat(parts), "lr_area", "lr_annealing", "step", run="schedule", family="model")


def single_curves() -> dict[str, pd.DataFrame]:
    """Every seventh learning curve, one run each."""
    out = {}
    for name, curve in list(curves().items())[::EVERY_CURVE]:
        out[name] = tidy(
            few(curve.assign(curve=name), "examples", CURVE_POINTS), "examples", run="curve", family="domain"
        )
    return out


def whole(table: Callable[[], pd.DataFrame]) -> Callable[[], dict[str, pd.DataFrame]]:
    """A set that is fitted as one."""
    return lambda: {"": table()}


SIZE_AND_DATA = "loss in size and data"
SETS = (
    DataSet("gpt3", "joint", "flops", SIZE_AND_DATA + ", curves as runs", whole(gpt3)),
    DataSet("opt", "joint", "flops", SIZE_AND_DATA + ", curves as runs", whole(opt)),
    DataSet("pythia_lambada", "joint", "flops", SIZE_AND_DATA + ", curves as runs", whole(pythia_lambada)),
    DataSet("pile", "joint", "flops", SIZE_AND_DATA, whole(pile)),
    DataSet("steplaw", "joint", "flops", SIZE_AND_DATA + " with all else tuned", whole(steplaw)),
    DataSet("datablations", "data_constrained", "flops", "repeated data", whole(datablations)),
    DataSet("routed_moe", "moe_clark", "n_params", "the authors' law; one amount of data", whole(routed_moe)),
    DataSet("openclip", "power_floor", "flops", "error in compute, up to a floor", whole(openclip)),
    DataSet("clip_mammut", "frontier", "flops", "the authors' law of the frontier", whole(clip_mammut)),
    DataSet("multipower", "lr_annealing", "step", "the law of gradual schedules", whole(multipower), (1, 2)),
    DataSet("learning_curves", "m3", "examples", "chosen earlier on half of the curves", single_curves, (1, 2, 3)),
)
EIGHT = ("gadre", "porian", "misfitting", "llama3", "marin", "olmo", "chinchilla", "gemstones")
#: Sets by sorted name, in turn: whatever is chosen is chosen on A and reported on B.
HALVES = {name: "AB"[i % 2] for i, name in enumerate(sorted([*EIGHT, *(one.name for one in SETS)]))}


def eight() -> Iterator[Split]:
    """The splits of `loss_splits` as they are there, but for runs of misfitting: its column `run` names sweeps."""
    for split in loss_splits():
        train, test = split.train, split.test
        if split.name == "misfitting":
            train, test = train.assign(run=""), test.assign(run="", continues=False)
        yield Split(split.name, "", split.factor, find_law("joint"), train, test)


def schedules_split() -> Split:
    """The authors' own: a cosine, a constant rate and one drop, of 24,000 steps at most, forecast all else."""
    table = multipower()
    known = table["run"].isin(TRAINED) | ((table["run"] == LONGEST) & (table["step"] <= 24_000))
    train, test = table[known], table[~known]
    return Split("multipower", "authors", 3.0, find_law("lr_annealing"), train, continued(train, test))


def splits() -> Iterator[Split]:
    """Every forecast task: first those of the sets that `loss_splits` has not."""
    for one in SETS:
        yield from one.splits()
        if one.name == "multipower":
            yield schedules_split()
    yield from eight()


assert HARD_SET not in HALVES  # phase transitions: reported by `loss_baselines`, no law is for them
