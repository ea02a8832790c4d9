"""The main job end to end: published runs in, a checked forecast of held-back models out, and what is said about it."""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import bayescale
from bayescale import cli, demo

pytestmark = pytest.mark.docs

TARGETS = [
    "cerebras-6.7B",
    "cerebras-13B",
    "pythia-6.9B",
    "pythia-12B",
    "pythia_deduped-6.9B",
    "pythia_deduped-12B",
]


type Report = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Done:
    """What `bayescale demo` left behind."""

    folder: Path
    out: str
    err: str


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    folder = tmp_path_factory.mktemp("demo") / "deep" / "out"
    with pytest.MonkeyPatch.context() as patch:
        out, err = tmp_path_factory.mktemp("said") / "out", tmp_path_factory.mktemp("said") / "err"
        with out.open("w", encoding="utf-8") as stdout, err.open("w", encoding="utf-8") as stderr:
            patch.setattr("sys.argv", ["bayescale", "demo", "--out", str(folder)])
            patch.setattr("sys.stdout", stdout)
            patch.setattr("sys.stderr", stderr)
            with pytest.raises(SystemExit) as left:
                cli.main()
    assert not left.value.code, err.read_text(encoding="utf-8")
    return Done(folder, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def report(done: Done) -> Report:
    read: Report = json.loads((done.folder / "report.json").read_text(encoding="utf-8"))
    return read


def test_only_small_models_are_seen_and_large_ones_forecast(done: Done, report: Report) -> None:
    forecast = pd.DataFrame(report["forecast"])
    assert forecast["run"].tolist() == TARGETS
    assert (forecast["n_params"] > demo.CUT).all()
    fit = bayescale.load(done.folder / "posterior.nc")
    sizes = fit.tree["constant_data"]["log_inputs"].sel(input="n_params")
    assert float(sizes.max()) < math.log(demo.CUT)


def test_intervals_are_held_against_what_the_models_reached(report: Report) -> None:
    forecast = pd.DataFrame(report["forecast"])
    inside = forecast["actual"].between(forecast["run_lower"], forecast["run_upper"])
    assert inside.tolist() == forecast["inside"].tolist()
    assert inside.sum() >= 5
    assert (forecast["error"].abs() < 0.1).all()


def test_what_must_be_said_is_said(done: Done) -> None:
    words = " ".join(done.out.split())
    assert "rows 29, 30 (families 'gpt_j', 'neox')" in words  # left out for want of tokens
    assert "pythia_deduped-1.4B" in words  # kept, and flagged by the checks
    assert "The priors account for" in words
    assert "partial pooling shares them" in words
    assert all(name in words for name in TARGETS)
    assert "wrote" in done.err
    assert "wrote" not in done.out


def test_outlier_stays_in_and_is_flagged(done: Done) -> None:
    fit = bayescale.load(done.folder / "posterior.nc")
    assert "pythia_deduped-1.4B" in fit.tree["constant_data"]["run_label"].to_numpy()
    checks = fit.check().table.set_index("check")
    assert "pythia_deduped-1.4B" in str(checks.loc["outlying runs", "meaning"])


def test_files_agree(done: Done, report: Report) -> None:
    assert {path.name for path in done.folder.iterdir()} == {
        "report.html",
        "report.json",
        "forecast.csv",
        "posterior.nc",
    }
    written = pd.read_csv(done.folder / "forecast.csv")
    assert written["run_lower"].to_list() == pytest.approx([one["run_lower"] for one in report["forecast"]])
    page = (done.folder / "report.html").read_text(encoding="utf-8")
    assert all(name in page for name in TARGETS)
    assert len(page.encode()) < 2_000_000


def test_folder_that_cannot_be_made_is_said_before_the_fit(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(bayescale.InputError, match="name another with --out"):
        demo.make_folder(tmp_path / "file")
