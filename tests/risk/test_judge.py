"""Judges with errors: calibration, and their effect on forecasts."""

import numpy as np
import pandas as pd
import pytest

from bayescale.errors import InputError
from bayescale.risk.fit import fit_risk
from bayescale.risk.judge import Judge, calibrate_judge
from tests.risk.simulation import without_rates


def test_independent_false_positives_lower_risk_more_than_persistent_ones(table: pd.DataFrame) -> None:
    one = without_rates(table[table["model"] == "b"])
    plain = fit_risk(one, mixing="beta", random_seed=1).at([1000]).table.iloc[0]
    careless = {"sensitivity": (999.0, 1.0), "false_positive_rate": (20.0, 980.0)}
    independent = fit_risk(one, mixing="beta", judge=Judge(**careless), random_seed=1).at([1000]).table.iloc[0]
    persistent = fit_risk(one, mixing="beta", judge=Judge(**careless, errors="persistent"), random_seed=1)
    assert independent.new_median < persistent.at([1000]).table.iloc[0].new_median
    assert independent.these_lower < plain.these_lower
    exact = fit_risk(one, mixing="beta", judge=Judge((1e6, 1.0), (1.0, 1e6)), random_seed=1).at([1000]).table.iloc[0]
    assert exact.new_median == pytest.approx(plain.new_median, abs=0.02)


def test_false_positives_alone_leave_little_risk() -> None:
    """Nothing is ever broken, but the judge reports 2 % of attempts: believed, all is lost; corrected, little is."""
    rng = np.random.default_rng(3)
    flagged = pd.DataFrame({"problem": range(80), "attempts": 100, "successes": rng.binomial(100, 0.02, 80)})
    believed = fit_risk(flagged, random_seed=1).at(1000).table.iloc[0]
    known = fit_risk(flagged, judge=Judge((99.0, 1.0), (40.0, 1960.0)), random_seed=1).at(1000).table.iloc[0]
    assert believed.these_median > 0.95
    assert known.these_lower < 0.2


def test_calibrate_judge_from_labels() -> None:
    labels = pd.DataFrame({"truth": [1] * 20 + [0] * 200, "verdict": [1] * 18 + [0] * 2 + [0] * 199 + [1]})
    assert calibrate_judge(labels) == Judge((19, 3), (2, 200))
    same = {"true_positives": 18, "false_negatives": 2, "false_positives": 1, "true_negatives": 199}
    assert calibrate_judge(same) == Judge((19, 3), (2, 200))
    with pytest.raises(InputError, match="row 3: verdict=2 must be 0 or 1"):
        calibrate_judge(labels.assign(verdict=lambda t: t["verdict"].where(t.index != 3, 2)))
    with pytest.raises(InputError, match="'true_negatives' is missing"):
        calibrate_judge(dict.fromkeys(list(same)[:3], 1))
    with pytest.raises(InputError, match="contain no information"):
        Judge((1, 9), (9, 1))
    with pytest.raises(InputError, match="Did you mean 'independent'"):
        Judge(errors="independant")  # type: ignore[arg-type]
