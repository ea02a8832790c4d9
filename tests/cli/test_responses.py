"""`bayescale fit --response`: several responses of one table."""

import json
from pathlib import Path

import pytest

import bayescale as bs
from bayescale.cli.responses import runs_and_laws
from tests.cli.conftest import Run
from tests.mixtures import mixture_table

LOSSES = ("--response", "web_loss", "--response", "code_loss")
READING = {"rename": None, "units": None, "comparable": "", "complete": False, "exclude_blank": None, "reason": None}


@pytest.fixture
def mixtures(tmp_path: Path) -> Path:
    mixture_table().to_csv(tmp_path / "mixtures.csv", index=False)
    return tmp_path / "mixtures.csv"


def test_responses_are_families_and_the_law_takes_the_weights_of_the_table(mixtures: Path) -> None:
    losses = ["web_loss", "code_loss"]
    runs, laws, pooling = runs_and_laws(str(mixtures), ["mixture_effective"], [], losses, {"E": "free"}, **READING)
    assert set(runs.table["family"]) == set(losses)
    assert set(laws[0].inputs) == {"n_params", "n_tokens", "weight_web", "weight_code"}
    assert pooling == {"noise": "partial", "E": "free"}


def test_a_response_that_is_no_column_is_refused(run: Run, mixtures: Path) -> None:
    code, _, err = run(
        "fit", mixtures, "--law", "mixture_effective", "--response", "web_loss", "--response", "cod_loss"
    )
    assert code == 2
    assert "'cod_loss'" in err
    assert "code_loss" in err


def test_complete_is_refused_with_responses(run: Run, mixtures: Path) -> None:
    code, _, err = run("fit", mixtures, "--law", "mixture_effective", *LOSSES, "--complete")
    assert code == 2
    assert "--complete is not taken with --response" in err


@pytest.mark.slow
def test_fit_of_responses_recommends_a_mixture_and_next_runs(run: Run, mixtures: Path) -> None:
    saved = mixtures.with_name("fit.nc")
    settings = ("--law", "mixture_effective", *LOSSES, "--no-discrepancy", "--seed", "1", "--quiet")
    code, _, err = run("fit", mixtures, *settings, "--draws", "500", "--out", saved)
    assert code == 0, err
    assert "noise_scale" in bs.load(saved).posterior.tree["posterior"]  # type: ignore[union-attr]
    code, out, _ = run("mixture", saved, "--flops", "1e20", "--json")
    document = json.loads(out)
    assert code == 0
    assert sum(row["recommended"] for row in document["mixture"]) == pytest.approx(1)
    assert 0 < document["proxies"][0]["explained"] <= 1
