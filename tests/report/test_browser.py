"""The page in a real browser without network: no console error, no request, and it prints."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

import bayescale as bs
from bayescale.core.checks import Checks
from bayescale.report.elements import Report
from bayescale.scaling.predict.forecast import Forecast
from bayescale.scaling.result import Fit
from tests.report.conftest import HOSTILE

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
MOST_BYTES = 2_000_000

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine: install it to see pages opened")


@pytest.fixture(scope="module", params=["loss", "risk"])
def page(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("page") / f"{request.param}.html"
    made: Report = request.getfixturevalue(f"{request.param}_report")
    made.save(path)
    return path


@pytest.fixture(scope="module")
def loss_report(fitted: Fit, forecast: Forecast, checks: Checks) -> Report:
    return bs.loss_report(fitted, forecast, checks, title=HOSTILE, claim="What the next run will reach.")


@pytest.fixture(scope="module")
def risk_report() -> Report:
    risk = bs.fit_risk(bs.read_trials("example:tau_airline"), mixing="beta", random_seed=1)
    return bs.risk_report(risk, [100, 1_000], title=HOSTILE)


def opened(page: Path, *what: str) -> tuple[str, str]:
    """What the browser prints of a page, and what the page had to complain of. No name is resolved."""
    command = [
        *(str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
        *(f"--user-data-dir={page.parent / 'profile'}", "--host-resolver-rules=MAP * ~NOTFOUND"),
        *("--enable-logging=stderr", "--v=0", *what, page.as_uri()),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout, "\n".join(line for line in done.stderr.splitlines() if "CONSOLE" in line)


def test_a_broken_page_would_be_noticed(tmp_path: Path) -> None:
    page = tmp_path / "broken.html"
    page.write_text("<!doctype html><p>words<script>console.error('wrong'); missing()</script>", encoding="utf-8")
    words, complaints = opened(page, "--dump-dom")
    assert "words" in words
    assert "wrong" in complaints
    assert "missing is not defined" in complaints


def test_it_opens_without_complaint(page: Path) -> None:
    words, complaints = opened(page, "--dump-dom")
    assert complaints == ""
    assert "alert(1)" in words
    assert "<script" not in words
    assert "lineage" in words.lower()
    assert page.stat().st_size < MOST_BYTES
    assert not re.findall(r"""(?:src|href)=["'](?!#|data:)[^"']*""", words)


def test_it_can_be_seen_and_printed(page: Path) -> None:
    picture, printed = page.with_suffix(".png"), page.with_suffix(".pdf")
    opened(page, f"--screenshot={picture}", "--window-size=1000,1400")
    opened(page, f"--print-to-pdf={printed}")
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size > 20_000  # an empty page is a tenth of that
    assert printed.read_bytes().count(b"/Type /Page\n") + printed.read_bytes().count(b"/Type /Page ") >= 1
