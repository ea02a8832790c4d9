"""A posterior that was saved gives the same answers, and looks like something."""

from pathlib import Path

import pandas as pd

import bayescale as bs
from tests.golden import golden_capability


def test_a_saved_posterior_gives_the_same_answers(tmp_path: Path) -> None:
    capability = golden_capability("models")
    capability.save(tmp_path / "capability.nc")
    again = bs.load(tmp_path / "capability.nc")
    assert isinstance(again, bs.Capability)
    pd.testing.assert_frame_equal(again.summary(), capability.summary())
    pd.testing.assert_frame_equal(again.forecast().table, capability.forecast().table)


def test_it_is_shown_in_text_and_in_a_notebook() -> None:
    capability = golden_capability("models")
    assert repr(capability) == "Capability(40 models, 8 families, 4 benchmarks, 14 blank scores)"
    assert "slope_median" in capability._repr_html_()
