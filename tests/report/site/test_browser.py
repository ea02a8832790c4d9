"""The site in a real browser, from the disk: no complaint, and its stylesheet follows the colours of the system."""

from pathlib import Path

import matplotlib.image
import pytest

from tests.report.test_browser import BROWSER, opened

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine: install it to see pages opened")

DARK = "--blink-settings=preferredColorScheme=0"
PAPER = {"light": (255, 255, 255), "dark": (0x15, 0x17, 0x1A)}  # --paper of report.css


def test_pages_open_without_complaint(site: Path) -> None:
    words, complaints = opened(site / "both" / "index.html", "--dump-dom")
    assert complaints == ""
    assert "Forecasts and landed runs" in words
    assert "<script" not in words


@pytest.mark.parametrize(("width", "colours"), [(400, "dark"), (1200, "light")])
def test_the_stylesheet_is_found(site: Path, width: int, colours: str) -> None:
    picture = site / f"{width}.png"
    scheme = [DARK] if colours == "dark" else []
    opened(site / "index.html", f"--screenshot={picture}", f"--window-size={width},900", *scheme)
    pixels = (matplotlib.image.imread(picture) * 255).round().astype(int)
    picture.unlink()
    assert tuple(pixels[2, 2, :3]) == PAPER[colours]
