"""`bayescale mix`, `choose`, `rewards`, and `risk --saturation`: what the library says, as tables and JSON."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bayescale.risk.fit import fit_risk
from bayescale.risk.selection.reward_curve import reward_curve
from tests.cli.conftest import QUICK, Run, write_attempts


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return write_attempts(tmp_path, {"0.2": 5.0, "0.8": 5.0}, "temperature", problems=20, attempts=20)


def test_mix_is_the_division_of_the_library(run: Run, table: Path) -> None:
    code, out, err = run("mix", table, "--attempts", 40, *QUICK, "--json")
    assert code == 0, err
    best = fit_risk(table, ["temperature"], mixing="beta", random_seed=4).best_mixture(40)
    document = json.loads(out)
    divided = {row["option"]: row["attempts"] for row in document["mixture"][:-1]}
    assert divided == dict(best.attempts)
    assert document["gain"][0]["new_above"] == pytest.approx(best.gain["new_above"][0])


def test_choose_writes_a_policy_a_problem_and_shows_held_out_gains(run: Run, table: Path, tmp_path: Path) -> None:
    path = tmp_path / "policies.csv"
    code, out, err = run(
        "choose", table, "--attempts", "0.2=4", "--attempts", "0.8=2", *QUICK, "--rule", "problem", "--out", path
    )
    assert code == 0, err
    assert "held-out attempts" in out
    assert "Regression to the mean" in out
    assert len(pd.read_csv(path)) == 20


def test_rewards_is_the_curve_of_the_library(run: Run, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    gold = rng.normal(size=(6, 8))
    scores = gold + rng.normal(size=gold.shape)
    frame = pd.DataFrame({"problem": np.repeat(range(6), 8), "gold": gold.ravel(), "score": scores.ravel()})
    path = tmp_path / "samples.csv"
    frame.to_csv(path, index=False)
    code, out, err = run("rewards", path, "--rename", "gold=reward", "--json")
    assert code == 0, err
    expected = reward_curve(gold, scores).table
    assert [row["gold"] for row in json.loads(out)["rewards"]] == pytest.approx(expected["gold"].to_list())


def test_risk_shows_saturation_when_wanted(run: Run, table: Path) -> None:
    arguments = ("risk", table, "--by", "temperature", *QUICK)
    code, out, err = run(*arguments, "--saturation")
    assert code == 0, err
    assert "one more attempt breaks at most 0.1 % of prompts" in out
    assert "one more attempt breaks" not in run(*arguments)[1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("mix", "{table}", "--attempts", "0"), "attempts=0"),
        (("choose", "{table}", "--attempts", "0.2=4"), "two policies"),
        (("choose", "{table}", "--attempts", "0.2=x", "--attempts", "0.8=1"), "whole number"),
        (("rewards", "{table}"), "reward, score is missing"),
    ],
)
def test_bad_input_is_exit_code_2(run: Run, table: Path, arguments: tuple[str, ...], words: str) -> None:
    code, _, err = run(*(word.format(table=table) for word in arguments), *(QUICK if arguments[0] != "rewards" else ()))
    assert code == 2
    assert words in err.replace("\n", " ")
