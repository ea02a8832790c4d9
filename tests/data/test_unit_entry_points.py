"""Is every question asked in the wrong unit refused, at every door of a posterior, before anything is computed?"""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from bayescale.cli import app
from bayescale.errors import InputError, LawError
from bayescale.maintenance.refit import RefitOptions, refit
from bayescale.maintenance.specs.spec_files import read_spec
from bayescale.report.formats import spanned
from bayescale.report.loss.decisions import comparison_table
from bayescale.scaling.fit import fit
from bayescale.scaling.result import Fit
from bayescale.scaling.single_law import make_spec
from bayescale.scaling_laws.registry import law
from tests.conftest import simulated_runs
from tests.maintenance.conftest import PLAIN

BILLIONS = {"family": "a", "n_params": 7, "n_tokens": 140}
ABSOLUTE = {"family": "a", "n_params": 7e9, "n_tokens": 1.4e11}

DOORS: dict[str, Callable[[Fit], object]] = {
    "forecast": lambda found: found.forecast([BILLIONS]),
    "check": lambda found: found.check([BILLIONS]),
    "compare a": lambda found: found.compare(BILLIONS, ABSOLUTE),
    "compare b": lambda found: found.compare(ABSOLUTE, BILLIONS),
    "plan candidate": lambda found: found.plan([BILLIONS], [ABSOLUTE]),
    "plan target": lambda found: found.plan([ABSOLUTE], [BILLIONS]),
    "allocate": lambda found: found.allocate(flops=1e10),
    "isoflop": lambda found: found.isoflop(flops=1e10),
    "allocate served": lambda found: found.allocate(flops=1e21, tokens_served=1000),
    "below": lambda found: found.forecast([ABSOLUTE]).below(float(np.exp(2.4))),
    "required": lambda found: found.required(loss=float(np.exp(2.4))),
    "overtraining": lambda found: found.overtraining(n_params=7e9, n_tokens=140_000),
    "trend": lambda found: found.trend("n_params", 7, 70, at={"n_tokens": 1e11}),
    "crossover": lambda found: found.crossover("a", "b", "n_params", low=7, high=70, at={"n_tokens": 1e11}),
    "crossover compute": lambda found: found.crossover("a", "b", low=1e9, high=1e10),
}


@pytest.mark.parametrize("door", DOORS)
def test_questions_in_other_units_are_refused(plain_fit: Fit, door: str) -> None:
    with pytest.raises(InputError, match=r"multiply by 1e|natural logarithm"):
        DOORS[door](plain_fit)


def test_the_same_questions_in_absolute_counts_are_answered(plain_fit: Fit) -> None:
    assert np.isfinite(plain_fit.forecast([ABSOLUTE]).table["run_upper"]).all()
    assert len(plain_fit.allocate(flops=1e23).table) == 1
    assert len(plain_fit.required(loss=2.4).table) == 1


def test_the_command_line_refuses_targets_and_tables(plain_fit: Fit, tmp_path: Path) -> None:
    plain_fit.save(tmp_path / "fit.nc")
    simulated_runs().assign(eval_set=["c4", "pile"] * 25).to_csv(tmp_path / "mixed.csv", index=False)
    simulated_runs().to_csv(tmp_path / "runs.csv", index=False)
    file, runs, mixed = (str(tmp_path / name) for name in ("fit.nc", "runs.csv", "mixed.csv"))
    asked = {
        ("forecast", file, "--at", "n_params=7,n_tokens=140"): "multiply by 1e9",
        ("allocate", file, "--flops", "1e10"): "multiply by 1e",
        ("fit", runs, "--law", "chinchilla", "--at", "n_params=7,n_tokens=140"): "multiply by 1e9",
        ("fit", mixed, "--law", "chinchilla"): "column 'eval_set' has several values (c4, pile)",
        ("fit", runs, "--law", "chinchilla", "--units", "n_params=milions"): "Did you mean 'millions'?",
        ("backtest", mixed, "--law", "chinchilla"): "--comparable",
    }
    for words, says in asked.items():
        found = CliRunner().invoke(app, list(words))
        assert isinstance(found.exception, InputError), words
        assert found.exception.exit_code == 2
        assert says in str(found.exception)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("data", "units={'n_params': 'millions', 'n_tokens': 'millions'}"),
        ("target", "multiply by 1e9"),
        ("mixed", "data.comparable"),
    ],
)
@pytest.mark.parametrize("dry_run", [False, True])
def test_a_refit_refuses_with_exit_code_2_before_it_samples(
    tmp_path: Path, change: str, says: str, dry_run: bool
) -> None:
    runs = simulated_runs(n=12)
    runs = runs.assign(n_params=20 * runs.n_params, n_tokens=20 * runs.n_tokens)
    if change == "data":
        runs = runs.assign(n_params=runs.n_params / 1e6, n_tokens=runs.n_tokens / 1e6)
    elif change == "mixed":
        runs = runs.assign(tokenizer=["gpt2", "llama"] * 12)
    target = '[[forecast]]\nfamily = "a"\nn_params = 70\nn_tokens = 1400\n' if change == "target" else ""
    runs.to_csv(tmp_path / "runs.csv", index=False)
    (tmp_path / "made.toml").write_text(PLAIN + "\n" + target, encoding="utf-8")
    (outcome,) = refit([read_spec(tmp_path / "made.toml")], str(tmp_path / "store"), RefitOptions(dry_run=dry_run))
    assert (outcome.status, outcome.exit_code) == ("error", 2)
    assert says in outcome.why
    assert outcome.seconds < 60


def test_declared_units_of_a_spec_are_converted(tmp_path: Path) -> None:
    from bayescale.maintenance.source_rows import read_rows

    runs = simulated_runs(n=12)
    runs.assign(n_params=runs.n_params / 1e6).to_csv(tmp_path / "runs.csv", index=False)
    text = PLAIN.replace("[model]", 'units = { n_params = "millions" }\n\n[model]')
    (tmp_path / "made.toml").write_text(text, encoding="utf-8")
    rows = read_rows(read_spec(tmp_path / "made.toml"))
    np.testing.assert_allclose(sorted(rows.value.table["n_params"]), sorted(runs["n_params"]))


def test_units_of_runs_that_were_read_are_not_ignored() -> None:
    from bayescale.data.reading import read_runs

    with pytest.raises(InputError, match="give units to read_runs"):
        fit(read_runs(simulated_runs()), "chinchilla", units={"n_params": "millions"})


def test_a_law_of_a_file_is_taken_wherever_a_law_is_named(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(
        'name = "mine"\nfloor = "E"\n[[power]]\namplitude = "A"\nexponent = "alpha"\nquantity = "n_params"\n',
        encoding="utf-8",
    )
    assert law(str(file)).name == "mine"
    assert law(str(file), response="error").response == "error"
    assert make_spec(str(file), "family", True, "growing", None).law.inputs == ("n_params",)
    with pytest.raises(InputError, match="cannot be read"):
        fit(simulated_runs(), law=str(tmp_path / "none.toml"))


def test_another_response_names_the_laws_that_fit_it() -> None:
    from bayescale.data.reading import read_runs

    table = simulated_runs().rename(columns={"loss": "accuracy"}).assign(accuracy=np.linspace(0.4, 0.7, 50))
    with pytest.raises(LawError, match=r"laws of 'accuracy'.*sloth.*response='accuracy'"):
        fit(read_runs(table, response="accuracy"))
    with pytest.raises(InputError, match=r"the table holds 'accuracy': laws of 'accuracy'.*sloth"):
        fit(table)
    unknown = table.rename(columns={"accuracy": "reward"})
    with pytest.raises(LawError, match=r"the catalogue has no law of 'reward'.*over='n_params', response='reward'"):
        fit(read_runs(unknown, response="reward"))


def test_bounds_that_are_not_finite_are_shown(plain_fit: Fit) -> None:
    assert spanned(None, None) == "−∞\u00a0to\u00a0∞"
    assert spanned(1.0, float("inf")) == "1.000\u00a0to\u00a0∞"
    found = plain_fit.compare(ABSOLUTE, {**ABSOLUTE, "n_params": 1e10})
    found.table["law_difference_upper"] = np.inf
    table = comparison_table(found, "loss")
    assert any("∞" in cell for cell in table.rows[0])
    assert json.loads(json.dumps(dict(table.records[0])))["law_difference_upper"] is None


def test_a_starter_keeps_one_quantity_and_publishes_no_placeholder(tmp_path: Path) -> None:
    from bayescale.maintenance.source_rows import read_rows
    from bayescale.maintenance.specs.spec import PLACEHOLDERS
    from bayescale.maintenance.specs.spec_template import starter
    from bayescale.report.maintained import card_of

    source = tmp_path / "runs.csv"
    simulated_runs().assign(eval_set=["c4", "pile", "c4", "c4", "c4"] * 10).to_csv(source, index=False)
    (tmp_path / "made.toml").write_text(starter(str(source), "made", str(tmp_path)), encoding="utf-8")
    spec = read_spec(tmp_path / "made.toml")
    assert len(read_rows(spec).value.table) == 40
    assert spec.content.card.claim == ""
    filled = {"claim": PLACEHOLDERS["claim"], "owner": "us", "sources": [PLACEHOLDERS["sources"], "our runs"]}
    assert card_of({"spec": {"card": filled}}) == {"owner": "us", "sources": ["our runs"]}
    assert pd.read_csv(source).shape[0] == 50
