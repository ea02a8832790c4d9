"""Checkpoints of a run are thinned evenly and the last one stays; tables that stay too large are refused at once."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from bayescale.cli import app
from bayescale.data.reading import read_runs
from bayescale.data.runs import Runs
from bayescale.errors import InputError
from bayescale.scaling.fit import fit
from bayescale.scaling.model.design import Design
from bayescale.scaling.sampling.sampler import Sampler


def curves(lengths: dict[str, int]) -> Runs:
    rows = [
        {"family": "a", "run": run, "n_params": 1e8, "step": step, "loss": 3 - step / 1000}
        for run, length in lengths.items()
        for step in range(1, length + 1)
    ]
    return read_runs(pd.DataFrame(rows).sample(frac=1, random_state=0))


@pytest.mark.parametrize("per_run", [1, 2, 3, 7])
def test_each_run_keeps_its_last_row_and_others_evenly(per_run: int) -> None:
    runs = curves({"long": 30, "short": 2})
    thin = runs.thin(per_run)
    steps = {run: sorted(own["step"]) for run, own in thin.table.groupby("run")}
    assert {run: len(own) for run, own in steps.items()} == {"long": per_run, "short": min(per_run, 2)}
    assert (steps["long"][-1], steps["short"][-1]) == (30, 2)
    gaps = pd.Series(steps["long"]).diff().dropna()
    assert gaps.empty or gaps.max() - gaps.min() <= 1
    assert f"{len(runs.table) - len(thin.table)} checkpoints left out" in thin.notes[-1]


def test_runs_with_few_rows_stay_as_they_are() -> None:
    runs = curves({"x": 3, "y": 2})
    assert runs.thin(3).table.equals(runs.table)
    assert runs.thin(3).notes == runs.notes


@pytest.mark.parametrize("per_run", [0, 1.5, True, "2"])
def test_thin_takes_whole_numbers(per_run: object) -> None:
    with pytest.raises(InputError, match="per_run"):
        curves({"x": 3}).thin(per_run)  # type: ignore[arg-type]


def test_too_many_rows_are_refused_before_sampling_with_ways_to_fewer_and_the_override() -> None:
    table = curves({f"run {i}": 6 for i in range(10)}).table.assign(n_tokens=lambda t: 1e9 * t["step"])
    table["n_params"] = 1e8 * (1 + table["run"].str[-1].astype(int))
    runs = read_runs(table.drop(columns="row"))
    refusal = r"60 rows of 10 runs are too many.*at most 40(.|\n)*runs\.thin\(4\)(.|\n)*Sampler\(max_rows=60\)"
    with pytest.raises(InputError, match=refusal):
        fit(runs, law="chinchilla", sampler=Sampler(max_rows=40))
    assert len(runs.thin(4).table) == 40
    with pytest.raises(InputError, match="fewer families"):
        fit(runs, law="chinchilla", sampler=Sampler(max_rows=5))


class Sampling(Exception):
    """Raised in place of sampling."""


def test_more_rows_are_sampled_where_the_sampler_allows_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def draw(design: Design, sampler: Sampler, *_: object) -> None:
        raise Sampling(f"{len(design.row)} of at most {sampler.max_rows}")

    monkeypatch.setattr("bayescale.scaling.single_law.sample_posterior", draw)
    rng = np.random.default_rng(1)
    sizes, tokens = 10 ** rng.uniform(7, 9, 10_001), 10 ** rng.uniform(9, 11, 10_001)
    loss = 1.7 + 400 * sizes**-0.34 + 410 * tokens**-0.28 + 0.01 * rng.standard_normal(10_001)
    table = pd.DataFrame({"n_params": sizes, "n_tokens": tokens, "loss": loss})
    with pytest.raises(Sampling, match="10000 of at most 10000"):
        fit(table, law="chinchilla")
    pairs = np.arange(10_001) // 2
    checkpoints = table.assign(run=[f"run {i}" for i in pairs], n_params=sizes[pairs])
    with pytest.raises(InputError, match=r"10,001 rows .* about 2 minutes of CPU .* up to 2 hours"):
        fit(checkpoints, law="chinchilla")
    with pytest.raises(Sampling, match="10001 of at most 10001"):
        fit(table, law="chinchilla", sampler=Sampler(max_rows=10_001))
    checkpoints.to_csv(tmp_path / "runs.csv", index=False)
    words = ["fit", str(tmp_path / "runs.csv"), "--law", "chinchilla", "--at", "n_params=1e10,n_tokens=1e11"]
    refused = CliRunner().invoke(app, words)
    assert "--max-rows 10001" in str(refused.exception)
    assert isinstance(CliRunner().invoke(app, [*words, "--max-rows", "20000"]).exception, Sampling)
