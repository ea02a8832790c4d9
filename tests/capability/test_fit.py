"""`fit_capability` refuses wrong input early, recovers simulated scores, and borrows from other benchmarks."""

import numpy as np
import pandas as pd
import pytest

import bayescale as bs
from benchmarks.shared import SHARED
from tests.capability.simulation import BENCHMARKS, CHANCE, ITEMS, scores_table

TABLE = SHARED / "data" / "observational_evals" / "benchmarks.csv"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"benchmarks": []}, "names no column"),
        ({"benchmarks": ["choice", "opne"]}, "no column 'opne'"),
        ({"draws": 3}, "draws=3 must be"),
        ({"dimensions": 9}, "dimensions=9"),
        ({"chance": {"choice": 25}}, "chance of 'choice': 25"),
        ({"family": "famly"}, "no column 'famly'"),
    ],
)
def test_wrong_input_is_refused_before_sampling(settings: dict[str, object], message: str) -> None:
    arguments = {"benchmarks": BENCHMARKS} | settings
    with pytest.raises(bs.InputError, match=message):
        bs.fit_capability(scores_table()[0], **arguments)  # type: ignore[arg-type]


def test_draws_that_are_too_few_raise_with_their_posterior() -> None:
    with pytest.raises(bs.ChecksFailed, match="did not converge") as error:
        bs.fit_capability(scores_table(2, 4)[0], BENCHMARKS[:2], dimensions=1, draws=50, random_seed=1)
    assert isinstance(error.value.fit, bs.Capability)


@pytest.mark.slow
def test_missing_scores_widen_and_other_benchmarks_narrow() -> None:
    table, truth = scores_table(10, 5, seed=4)
    large = table["flops"] > 1e22
    blank = table.copy()
    blank.loc[large, "open"] = np.nan
    settings = {"chance": CHANCE, "items": ITEMS, "random_seed": 1}
    widths, errors = {}, {}
    for name, data, benchmarks in (
        ("all", table, BENCHMARKS),
        ("blank", blank, BENCHMARKS),
        ("alone", blank, ["open"]),
    ):
        used = {**settings, "chance": {k: v for k, v in CHANCE.items() if k in benchmarks}}
        used["items"] = {k: v for k, v in ITEMS.items() if k in benchmarks}
        fit = bs.fit_capability(data.dropna(subset=benchmarks, how="all"), benchmarks, **used)  # type: ignore[arg-type]
        names = table["model"][large].tolist()
        known = pd.DataFrame({"model": names}) if name != "alone" else table.loc[large, ["family", "flops"]]
        forecast = fit.forecast(known, ["open"]).table
        widths[name] = (forecast["run_upper"] - forecast["run_lower"]).mean()
        errors[name] = np.abs(forecast["run_median"].to_numpy() - truth["open"][large].to_numpy()).mean()
    assert widths["all"] < widths["blank"] < 0.9 * widths["alone"]
    assert errors["blank"] < errors["alone"]


@pytest.mark.slow
@pytest.mark.skipif(not TABLE.exists(), reason="public data are absent")
def test_public_models_are_fitted() -> None:
    table = pd.read_csv(TABLE)
    table = table[~table["tokens_suspect"]].drop(columns="tokens_suspect")
    fit = bs.fit_capability(
        table,
        ["mmlu", "arc_c", "hellaswag", "gsm8k", "humaneval"],
        chance={"mmlu": 0.25, "hellaswag": 0.25},
        items={"humaneval": 164, "gsm8k": 1319},
        random_seed=1,
    )
    assert fit.check().passed
    row = fit.forecast({"model": "Qwen/Qwen1.5-110B"}, ["mmlu"]).table.iloc[0]
    assert row["run_lower"] < row["measured"] < row["run_upper"]
