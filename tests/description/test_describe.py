"""A description says what a table is, and its call reads it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import bayescale as bs
from bayescale.errors import InputError

ODD = pd.DataFrame(
    {
        "Model": ["a", "a", "b", "b"],
        "Params (M)": [10.0, 30.0, 100.0, 300.0],
        "Tokens (B)": [0.2, 0.9, 1.5, 8.0],
        "val_loss": [4.9, 4.2, 3.7, 3.1],
    }
)
COUNTS = pd.DataFrame({"model": "m", "task_id": ["p", "q"], "n_samples": [4, 4], "n_correct": [1, 2]})


def test_the_call_of_a_description_reads_the_table(tmp_path: Path) -> None:
    path = tmp_path / "runs.csv"
    ODD.to_csv(path, index=False)
    described = bs.describe(str(path))
    assert (described.kind, described.rows, described.problems) == ("runs", 4, ())
    runs = eval(described.python, {"bs": bs})
    np.testing.assert_allclose(runs.table["n_params"], ODD["Params (M)"] * 1e6)
    np.testing.assert_allclose(runs.table["n_tokens"], ODD["Tokens (B)"] * 1e9)
    assert {"joint", "chinchilla"} <= set(described.laws)
    assert "power_floor" not in described.laws
    assert f"bayescale fit {path} --law joint" in described.command
    assert "--at n_params=9.49e+08,n_tokens=2.53e+10" in described.command


@pytest.mark.parametrize(
    ("column", "values", "law"),
    [
        ("teacher_nll", [2.0, 2.1, 2.2, 2.3], "distillation"),
        ("pruning_ratio", [0.0, 0.5, 0.0, 0.5], "weight_sparsity"),
        ("unique_tokens", [1e8, 1e9, 1e9, 1e9], "data_constrained"),
        ("teacher_nll", [2.0, 2.0, 2.0, 2.0], "joint"),  # nothing to learn of the teacher
        ("lr", [1e-3, 1e-3, 1e-4, 1e-4], "joint"),  # no law of these three
    ],
)
def test_a_law_that_takes_every_varying_input_is_proposed(
    tmp_path: Path, column: str, values: list[float], law: str
) -> None:
    path = tmp_path / "runs.csv"
    ODD.assign(**{column: values, "flops": [1e17, 2e17, 1e18, 2e19]}).to_csv(path, index=False)
    assert f"--law {law}" in bs.describe(str(path)).command


def test_laws_of_fine_tuning_are_proposed() -> None:
    table = ODD.drop(columns="Tokens (B)").assign(finetune_tokens=[1e6, 1e7, 1e6, 1e8], pretrained_loss=3.0)
    assert bs.describe(table).laws[0] == "finetuning"
    assert bs.describe(table.assign(replay_fraction=[0.0, 0.01, 0.0, 0.05])).laws[0] == "forgetting"


def test_trials_are_told_apart() -> None:
    described = bs.describe(COUNTS)
    assert described.kind == "trials"
    assert "3 successes in 8 attempts at 2 problems" in described.form
    trials = eval(described.python, {"bs": bs, "table": COUNTS})
    assert trials.table["successes"].tolist() == [1, 2]
    attempts = pd.DataFrame({"task_id": ["p", "p"], "trial": [0, 1], "reward": [0.0, 1.0]})
    assert bs.describe(attempts).form.startswith("one row per attempt: 1 successes in 2 attempts")


def test_what_is_missing_is_named() -> None:
    described = bs.describe(ODD[["val_loss"]])
    assert described.laws == ()
    assert "n_params" in described.missing[0]
    assert bs.describe(ODD[["Model"]]).kind == "unknown"


def test_what_is_wrong_is_named() -> None:
    described = bs.describe(ODD.assign(val_loss=[4.9, -1.0, 3.7, 3.1]))
    assert described.command == ""
    assert any("row 2" in problem for problem in described.problems)
    with pytest.raises(InputError, match="no rows"):
        bs.describe(ODD.head(0))
    with pytest.raises(InputError, match="more than one column is called 'n_params'"):
        bs.describe(ODD, rename={"Params (M)": "n_params", "Tokens (B)": "n_params"})
    with pytest.raises(InputError, match="there is no such file"):
        bs.describe("nowhere.csv")


def test_what_is_known_overrules_guesses() -> None:
    described = bs.describe(ODD, rename={"val_loss": "error", "Params (M)": "n_params"}, response="error")
    assert "error" in described.form
    assert bs.describe(ODD, units={"n_params": "billions"}).python.count("billions") == 2


def test_a_description_is_shown_in_terminals_and_notebooks() -> None:
    described = bs.describe(ODD)
    assert "Laws that fit: chinchilla, joint" in repr(described)
    assert "Params (M)" in described._repr_html_()
    escaped = bs.describe(ODD.rename(columns={"Model": "<b>"}))._repr_html_()
    assert "<b>" not in escaped


@pytest.mark.parametrize(
    ("columns", "response", "law"),
    [
        (("Non_vocab_parameters", "vocab_params", "n_tokens", "Lossu"), "unigram_normalised_loss", "vocabulary"),
        (("loss_0", "loss"), "loss", "loss_to_loss"),
        (("mixture_ratio", "tokens_seen", "val_loss"), "loss", "bimix"),
        (("params", "domain_share", "n_tokens", "loss"), "loss", "d_cpt"),
        (("n_params", "n_tokens", "unimodal_loss", "loss"), "loss", "mixed_modal"),
        (("n_params", "examples", "contrastive_entropy"), "contrastive_entropy", "dense_retrieval"),
    ],
)
def test_laws_are_suggested_by_their_columns(columns: tuple[str, ...], response: str, law: str) -> None:
    rng, bounds = np.random.default_rng(2), {"Lossu": (-5.0, -3.0), "contrastive_entropy": (0.1, 0.3)}
    bounds |= {name: (2.5, 4.0) for name in columns if name.endswith("loss") or name == "loss_0"}
    bounds |= dict.fromkeys(("mixture_ratio", "domain_share"), (0.1, 0.9))
    values = {name: rng.uniform(*bounds.get(name, (1e8, 9e8)), 12) for name in columns}
    description = bs.describe(pd.DataFrame(values))
    assert response in description.form
    assert law in description.laws
