"""Options of `bayescale risk` on the errors of a judge."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from bayescale.errors import ChecksFailed
from bayescale.risk.fit import fit_risk
from bayescale.risk.judge import Judge
from bayescale.risk.result import Risk
from tests.cli.conftest import QUICK, Run, arguments_for, python


def test_a_judge_from_rates_or_from_labels(run: Run, prompts_table: Path, tmp_path: Path) -> None:
    labels = tmp_path / "labels.csv"
    pd.DataFrame({"truth": [1] * 18 + [0] * 98, "verdict": [1] * 18 + [0] * 98}).to_csv(labels, index=False)
    stated = ("--judge-sensitivity", "19,1", "--judge-false-positives", "1,99")
    said = []
    for options in (stated, ("--judge-labels", labels)):
        code, out, err = run(
            "risk",
            *arguments_for(prompts_table),
            *QUICK,
            "--at",
            1000,
            *options,
            "--judge-errors",
            "persistent",
            "--json",
        )
        assert code == 0, err
        said.append(json.loads(out))
    assert said[0]["forecast"] == said[1]["forecast"]
    expected = python(prompts_table, judge=Judge((19, 1), (1, 99), "persistent")).at([1000]).table["new_median"]
    assert [one["new_median"] for one in said[0]["forecast"]] == pytest.approx(expected.to_list())
    errors = [one["errors"] for one in said[0]["judge_compared"]]
    assert errors == ["persistent", "independent"] * 2


def test_a_failed_fit_with_other_errors_is_omitted(
    run: Run, prompts_table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fit(*arguments: Any, **settings: Any) -> Risk:
        if settings["judge"].errors == "independent":
            raise ChecksFailed("not explored")
        return fit_risk(*arguments, **settings)

    monkeypatch.setattr("bayescale.risk.fit.fit_risk", fit)
    code, out, err = run("risk", *arguments_for(prompts_table), *QUICK, "--judge-errors", "persistent", "--json")
    assert code == 0
    assert "fit with independent errors of the judge failed" in err
    assert json.loads(out)["judge_compared"] == []


def test_labels_of_the_judge_are_named_by_row(run: Run, prompts_table: Path, tmp_path: Path) -> None:
    labels = tmp_path / "labels.csv"
    labels.write_text("truth,verdict\n1,1\n0,yes\n", encoding="utf-8")
    code, _, err = run("risk", *arguments_for(prompts_table), "--judge-labels", labels)
    assert code == 2
    assert "row 2: verdict='yes' must be 0 or 1" in err
