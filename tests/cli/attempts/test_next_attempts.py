"""`bayescale next-attempts`: the plan of the library, as a table, as JSON and as CSV."""

import json
from pathlib import Path

import pandas as pd
import pytest

from bayescale.risk.fit import fit_risk
from tests.cli.conftest import QUICK, Run, write_attempts


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return write_attempts(tmp_path, {"red": 8.0, "blue": 20.0}, "model", problems=12, attempts=50)


def test_json_and_csv_hold_the_plan_of_the_library(run: Run, table: Path, tmp_path: Path) -> None:
    path = tmp_path / "next.csv"
    code, out, err = run(
        "next-attempts", table, "--for", 1000, "--attempts", 600, "--by", "model", *QUICK, "--out", path, "--json"
    )
    assert code == 0, err
    plan = fit_risk(table, ["model"], mixing="beta", random_seed=4).next_attempts(1000, 600)
    document = json.loads(out)
    assert document["relative_variance"] == pytest.approx(plan.relative_variance)
    assert sum(row["next_attempts"] for row in document["next_attempts"]) == 600
    written = pd.read_csv(path)
    assert written["next_attempts"].to_list() == plan.table["next_attempts"].to_list()
    assert written["problem"].iloc[0] == "'=p0"  # no formula for a spreadsheet


def test_terminal_shows_most_attempts_first_and_the_expected_variance(run: Run, table: Path) -> None:
    code, out, _ = run("next-attempts", table, "--for", 1000, "--attempts", 600, *QUICK)
    assert code == 0
    assert "The next 600 attempts for pass@1,000, by variance" in out
    assert "times the variance with equal numbers of attempts" in out
    code, out, _ = run("next-attempts", table, "--for", 1000, "--attempts", 60, "--rule", "fewest_successes", *QUICK)
    assert code == 0
    assert "by fewest successes" in out
    assert "equal numbers of attempts" not in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--for", 0, "--attempts", 5), "k=0"),
        (("--for", 10, "--attempts", -1), "attempts=-1"),
        (("--for", 10, "--attempts", 5, "--rule", "greedy"), "rule='greedy'"),
        (("--for", 10, "--attempts", 5, "--out", "plan.txt"), "name a file that ends in .csv"),
    ],
)
def test_bad_questions_are_refused_before_a_fit(
    run: Run, table: Path, arguments: tuple[object, ...], message: str
) -> None:
    code, out, err = run("next-attempts", table, *arguments)
    assert code == 2
    assert message in err
    assert "Fitting" not in err
    assert out == ""
