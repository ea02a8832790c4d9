"""Reading of attempts and choice of groups, as the commands on trials share them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bayescale.cli.attempts.trials import fit_trials, read
from bayescale.errors import InputError
from bayescale.risk.fit import fit_risk
from tests.cli.conftest import QUICK, Run, write_attempts


def test_one_row_per_attempt_several_files_and_no_groups(run: Run, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    paths = []
    for part in range(2):
        rows = [(f"p{part}-{i}", k, int(rng.random() < 0.1)) for i in range(10) for k in range(20)]
        paths.append(tmp_path / f"{part}.csv")
        pd.DataFrame(rows, columns=["problem", "attempt", "success"]).to_csv(paths[-1], index=False)
    code, out, err = run("risk", *paths, *QUICK, "--check-duplicates", "--json")
    assert code == 0, err
    document = json.loads(out)
    assert document["data"][0]["problems"] == 20
    assert document["data"][0]["attempts"] == 400
    assert document["answer"].startswith("Within 10,000 attempts each")


def test_scores_that_read_as_numbers_are_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    settings: list[dict[str, Any]] = []

    def recorded(paths: object, **arguments: Any) -> None:
        settings.append({"paths": paths, **arguments})

    monkeypatch.setattr("bayescale.data.trials.read_trials", recorded)
    for success in ("0.5", "C", None):
        read(["a.eval"], ["Prompt=problem"], scorer="match", success=success)
    read(["a.csv", "b.csv"], None, check_duplicates=True)
    assert [call["success"] for call in settings] == [0.5, "C", None, None]
    assert [call["paths"] for call in settings] == ["a.eval", "a.eval", "a.eval", ["a.csv", "b.csv"]]
    assert settings[0]["rename"] == {"Prompt": "problem"}
    assert [call["check_duplicates"] for call in settings] == [False, False, False, True]


def test_a_fit_states_how_many_problems_it_is_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = write_attempts(tmp_path, {"red": 8.0, "blue": 20.0}, "model", problems=12, attempts=50)
    trials = read([str(table)], None)
    risk = fit_trials(trials, None, mixing=["beta"], seed=4)
    assert "Fitting 24 problems, grouped by model ..." in capsys.readouterr().err
    assert [*risk.groups["model"]] == ["red", "blue"]
    expected = fit_risk(trials, ["model"], mixing="beta", random_seed=4)
    assert risk.at([100]).table.equals(expected.at([100]).table)
    fit_trials(trials, [], mixing=["beta"], seed=4)
    assert "Fitting 12 problems, in one group ..." in capsys.readouterr().err


def test_a_rename_needs_two_names() -> None:
    with pytest.raises(InputError, match="--rename 'problem' is not of the form name=value"):
        read(["a.csv"], ["problem"])
