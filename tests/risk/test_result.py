"""The result of a fit: files, representation and bound methods."""

from pathlib import Path

import pandas as pd

import bayescale as bs
from bayescale.risk.result import Risk


def test_loaded_posterior_gives_the_same_results(risk: Risk, tmp_path: Path) -> None:
    risk.save(tmp_path / "risk.nc")
    back = bs.load(tmp_path / "risk.nc")
    assert isinstance(back, Risk)
    pd.testing.assert_frame_equal(back.at([1000]).table, risk.at([1000]).table)
    assert back.budget_for(0.5).table.equals(risk.budget_for(0.5).table)
    assert repr(back) == repr(risk)
    assert back.judge is None
