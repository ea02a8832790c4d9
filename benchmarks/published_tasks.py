"""Published laws of task metrics, and data that no power law fits or that are refused: `benchmarks.published`."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

import bayescale as bs
from bayescale.scaling_laws.prior import logitnormal
from bayescale.scaling_laws.priors.prior_files import default_table
from bayescale.scaling_laws.registry import law as find_law
from benchmarks.published_core import Case, Row, coefficients, inside, read, sample, thinned

SCORES = ("mmlu", "arc_c", "hellaswag", "winograd", "truthfulqa", "gsm8k", "xwinograd", "humaneval")
LOW_SHARE = 0.8  # of rows inside 90 % intervals: what we count as an objection
CHANCE = 0.01  # and a row less probable than this, over all rows
CUT = 8.4e22  # FLOP of Llama-2-7B: what is above it is forecast


def observational() -> Iterator[Row]:
    name, source = "observational_evals", "L44: no coefficients published"
    models = read(f"{name}/benchmarks.csv")
    models = models[~models["tokens_suspect"] & models["flops"].notna()]
    table = models.assign(accuracy=(models["hellaswag"] - 0.25) / 0.75)
    yield from _observed(name, "hellaswag, chance subtracted", table[table["accuracy"] > 0], "observational", source)
    yield from _observed(name, "mmlu", models.assign(accuracy=models["mmlu"]), "sloth", source)
    emergent = read(f"{name}/emergent.csv")
    for task in ("arithmetic_3ds_2_acc", "word_unscrambling_2_exact_match"):
        table = emergent.assign(accuracy=emergent[task])
        table = table[table["flops"].notna() & table["accuracy"].between(0, 1, inclusive="neither")]
        yield from _observed(name, task, table, "observational", source)
    scores = read(f"{name}/benchmarks.csv")[list(SCORES)].dropna().to_numpy()
    shares = np.linalg.svd((scores - scores.mean(axis=0)), compute_uv=False) ** 2
    shares = 100 * shares / shares.sum()
    found = (("first principal component, % of variance", shares[0], 80.0),
             ("first three, %", shares[:3].sum(), 97.0))  # fmt: skip
    for quantity, ours, published in found:
        agrees = "yes" if abs(ours - published) < 1 else "no"
        yield {"data": f"{len(scores)} models, {len(SCORES)} benchmarks, no fit", "law": "observational",
               "rows": len(scores), "kind": "finding", "quantity": quantity, "source": "L44 [code]",
               "published": published, "ours": float(ours), "agrees": agrees}  # fmt: skip


def _observed(name: str, label: str, table: pd.DataFrame, law: str, source: str) -> Iterator[Row]:
    low, high = table[table["flops"] <= CUT], table[table["flops"] > CUT]
    options: dict[str, Any] = {"family": "family"}
    if law == "sloth":
        options["priors"] = {"gamma": logitnormal(-1.1, 0.05)}  # four choices: one in four, as good as known
    done = sample(Case(name, f"{label}, up to {CUT:g} FLOP", law, low, source, options=options))
    slope = "theta" if law == "observational" else "b_N"
    draws = done.fit.tree["posterior"][slope].to_numpy().mean(axis=-1)
    lower, median, upper = np.quantile(draws, [0.05, 0.5, 0.95])
    yield done.row("coefficient", f"{slope}, mean over families", ours=float(median), lower=float(lower),
                   upper=float(upper), why="no published value")  # fmt: skip
    family = high["family"].where(high["family"].isin(low["family"]), None)
    asked = done.fit.forecast(high[list(done.fit.law.inputs)].assign(family=family)).table
    truth = high["accuracy"].to_numpy()
    error = float(100 * np.mean(np.abs(truth - asked["run_median"].to_numpy())))
    yield done.error(f"accuracy of {len(high)} models above: mean error, points", error)
    yield done.error("... share inside the 90 % interval, %", inside(truth, asked))


def ladder() -> Iterator[Row]:
    name, source = "olmo_ladder", "L44: no coefficients published; within 2 points [M]"
    curves, scores = read(f"{name}/curves.csv"), read(f"{name}/downstream.parquet")
    last = curves.loc[curves.groupby("model")["step"].idxmax()]
    for task in ("hellaswag_val", "arc_challenge_test", "piqa_val"):
        wide = scores[scores["task"].str.startswith(f"{task}_rc")].pivot_table(
            index=["model", "step"], columns="metric_group", values="value"
        )
        wide = wide.rename(columns={"downstream": "accuracy", "downstream_bpb": "loss"}).reset_index()
        runs = last[["model", "step", "size", "n_params", "n_tokens"]].merge(wide, on=["model", "step"])
        small, large = runs[runs["size"] != "1B"], runs[runs["size"] == "1B"]
        on_the_way = wide[~wide["model"].str.startswith("1B")]
        steps = on_the_way.groupby("model")["step"].transform("max")
        late = thinned(on_the_way[on_the_way["step"] > 0.1 * steps].sort_values("loss"), 120)
        loss = sample(Case(name, f"{task}, 190M to 760M, loss", "chinchilla", small.drop(columns=["accuracy"]), source))
        yield from loss.coefficients()
        link = sample(Case(name, f"{task}, 190M to 760M, accuracy", "ladder", late[["loss", "accuracy"]], source))
        yield from link.coefficients()
        asked = loss.fit.then(link.fit).forecast(large[["n_params", "n_tokens"]]).table
        truth = large["accuracy"].to_numpy()
        error = float(100 * np.mean(np.abs(truth - asked["run_median"].to_numpy())))
        yield link.error(f"accuracy of {len(large)} runs of 1B through loss: mean error, points", error)
        yield link.error("... share inside the 90 % interval, %", inside(truth, asked))


MISFITS: dict[str, dict[str, Any]] = {
    "as fitted by default": {"discrepancy": True},
    "no discrepancy": {},
    "no discrepancy, constant noise": {"noise": "constant"},
}
BENDS = bs.Law(
    "quadratic",
    bs.term("exp(a + b * log(examples / 2e4) + c * log(examples / 2e4)**2)"),
    source="our own, log loss quadratic in log examples",
    priors={"a": bs.normal(2.0, 1.0), "b": bs.normal(0.0, 1.0), "c": bs.normal(0.0, 0.5)},
)


def descent() -> Iterator[Row]:
    """A power law with a floor on two curves that rise and fall: what do the checks and the trend say?"""
    curves = read("double_descent/curves.csv")
    for family, column in (("translation_vs_train_samples", "examples"), ("translation_vs_d_model", "width")):
        table = curves[curves["family"] == family].rename(columns={"x": column})[[column, "loss"]]
        for label, options in MISFITS.items():
            law = find_law("m2") if column == "examples" else find_law("m2", over=column)
            yield from _misfit(f"{family}, {label}", law, table, options)
        if column == "examples":
            yield from _misfit(f"{family}, a law that can bend", BENDS, table, {})
            yield from _misfit(f"{family}, ... constant noise", BENDS, table, {"noise": "constant"})


def _misfit(label: str, law: bs.Law, table: pd.DataFrame, options: Mapping[str, Any]) -> Iterator[Row]:
    column = law.inputs[0]
    case = Case("double_descent", label, law, table, "no power law fits: the checks should say so", options=options)
    done = sample(case)
    checks = done.fit.check()
    said = checks.table.set_index("check")
    share, worst = (float(said["value"][name]) for name in ("rows inside their 90 % interval", "outlying runs"))
    objections = [*done.failures]
    objections += [f"{100 * share:.0f} % inside 90 % intervals"] if share < LOW_SHARE else []
    objections += [str(said["meaning"]["outlying runs"])] if worst < CHANCE / len(table) else []
    trend = done.fit.trend(column, table[column].min(), table[column].max()).table.iloc[0]
    median = done.fit.forecast(table[[column]]).table["law_median"].to_numpy()
    factor = float(np.exp(np.abs(np.log(median / table["loss"].to_numpy())).max()))
    apart = checks.details["predictive"].sort_values("row")["distance"].to_numpy()
    lag = float(np.corrcoef(apart[1:], apart[:-1])[0, 1])
    yield done.row("finding", "checks object", agrees="yes" if objections else "no", why="; ".join(objections)[:300])
    yield done.row("finding", "share of rows inside 90 % intervals, %", ours=100 * share)
    yield done.row("finding", "law over observed loss, largest factor", ours=factor)
    yield done.row("finding", "correlation of neighbouring residuals", ours=lag)
    yield done.row("finding", "probability that it reverses within the data", ours=float(trend["reverses"]))


def seeds() -> Iterator[Row]:
    """Spread over seeds of one recipe, beside the prior of the noise: no fit."""
    curves = read("nanogpt_seed_noise/curves.parquet")
    last = curves[curves["is_final"]].groupby("recipe")["loss"].agg(["size", "mean", "std"])
    some = last[last["size"] >= 7]
    relative = np.log((some["std"] / some["mean"]).to_numpy())
    prior = default_table()["noise_run"]
    lower, median, upper = (float(prior.quantile(q)) for q in (0.05, 0.5, 0.95))
    inside_prior = 100 * float(np.mean((np.log(lower) <= relative) & (relative <= np.log(upper))))
    said = f"interval: the prior's 90 % (median {median:g}); {inside_prior:.0f} % of the recipes lie in it"
    yield {"data": "relative SD of the final loss, no fit", "law": "prior of noise_run", "rows": len(some),
           "kind": "finding", "quantity": "median over recipes of 7 runs or more",
           "source": "data README: 0.0014 nats of 3.28 [code]", "published": 0.0014 / 3.28,
           "ours": float(np.exp(np.median(relative))), "lower": lower, "upper": upper, "why": said}  # fmt: skip


def vocabulary() -> Iterator[Row]:
    """The law of the authors on the ends of their runs, the largest size held out, and a law that must refuse them."""
    points = read("vocab_scaling/points.csv")
    yield _refused(points)
    name, source = "vocab_scaling", "scaling-with-vocab, optimal_Nv_predict.py [code]"
    ends = points.loc[points.groupby(["vocab_size", "n_params_nonvocab"])["n_characters"].idxmax()]
    printed = next(iter(bs.law("vocabulary").published.values()))
    why = {"": "the authors fit all checkpoints above 2e17 FLOP, and larger models that are not public, alpha_1 = beta"}
    data = "50 ends of runs, tokens as the authors convert characters"
    table = _with_tokens(ends, ends["vocab_size"] / 1e3)  # their code takes the vocabulary in thousands
    yield from coefficients(Case(name, data, "vocabulary", table, source, printed, why))
    table = _with_tokens(ends, ends["vocab_size"])
    large = table["n_params_nonvocab"] == table["n_params_nonvocab"].max()
    data = "40 ends of runs of up to 3.2e8 parameters, actual tokens"
    done = sample(Case(name, data, "vocabulary", table[~large], source))
    asked = table[large]
    truth = asked["unigram_normalised_loss"].to_numpy()
    forecast = done.fit.forecast(asked[list(done.fit.law.inputs)]).table
    error = float(np.abs(forecast["law_median"].to_numpy() - truth).mean())
    yield done.error(f"{len(asked)} ends of runs of 6.3e8 parameters: mean error, nats", error)
    yield done.error("... share inside the 90 % interval, %", inside(truth, forecast))


def _with_tokens(runs: pd.DataFrame, vocabulary: pd.Series) -> pd.DataFrame:
    """Inputs and response of the vocabulary law; characters become tokens by the quadratic of the authors' code."""
    logs = np.log(vocabulary)
    tokens = runs["n_characters"] * (0.00639222 * logs**2 - 0.15811069 * logs + 1.20470122)
    columns = ["n_params_nonvocab", "unigram_normalised_loss"]
    return runs[columns].assign(n_params_vocab=runs["vocab_size"] * runs["d_model"], n_tokens=tokens)


def _refused(points: pd.DataFrame) -> Row:
    points = points.rename(columns={"n_params_nonvocab": "n_params"})
    points = points.assign(loss=points["unigram_normalised_loss"], n_tokens=points["n_characters"])
    row: Row = {"data": "loss relative to a unigram model", "law": "chinchilla", "rows": len(points),
                "kind": "refusal", "quantity": "negative loss is refused", "source": "Tao et al. 2024"}  # fmt: skip
    try:
        bs.fit(thinned(points, 100), law="chinchilla", random_seed=1, progress=False)
    except bs.InputError as error:
        return {**row, "agrees": "yes", "why": f"InputError: {error}".replace("\n", " ")[:300]}
    return {**row, "agrees": "no", "why": "it was fitted"}


SETS = {
    "observational_evals": observational,
    "olmo_ladder": ladder,
    "double_descent": descent,
    "nanogpt_seed_noise": seeds,
    "vocab_scaling": vocabulary,
}
