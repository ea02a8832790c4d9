"""A posterior that was saved gives the same answers, and looks like something."""

from pathlib import Path

import pandas as pd

import bayescale as bs
from tests.golden import golden_horizon


def test_a_saved_posterior_gives_the_same_answers(tmp_path: Path) -> None:
    horizon = golden_horizon("agents")
    horizon.save(tmp_path / "horizon.nc")
    again = bs.load(tmp_path / "horizon.nc")
    assert isinstance(again, bs.Horizon)
    pd.testing.assert_frame_equal(again.horizons(), horizon.horizons())
    pd.testing.assert_frame_equal(again.trend().table, horizon.trend().table)


def test_it_is_shown_without_markup_from_data() -> None:
    horizon = golden_horizon("agents")
    assert repr(horizon) == "Horizon(5 agents, 24 tasks in 12 families, 720 attempts)"
    assert "<script>" not in horizon._repr_html_()
