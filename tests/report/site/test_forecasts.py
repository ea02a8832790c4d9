"""Forecasts as a version's record has them."""

import pytest

from bayescale.maintenance.store.posteriors import Store
from bayescale.report.site.forecasts import forecasts_of, label_of
from bayescale.scaling.result import Fit
from tests.report.conftest import HOSTILE
from tests.report.site.conftest import TARGETS


def test_a_loss_is_that_of_one_new_run(store: Store, small_fits: tuple[Fit, Fit]) -> None:
    forecasts = forecasts_of(store.version("both"))
    table = small_fits[1].forecast(TARGETS).table
    assert [forecast.median for forecast in forecasts] == table["run_median"].tolist()
    assert [forecast.upper for forecast in forecasts] == table["run_upper"].tolist()
    assert forecasts[0].label == f"{HOSTILE}, a, n_params 10B, n_tokens 200B"


def test_a_risk_is_a_share(store: Store) -> None:
    (forecast,) = forecasts_of(store.version("risk"))
    assert forecast.label == "a, 100 attempts"
    assert "%" in forecast.text


@pytest.mark.parametrize("row", [{}, {"run_lower": None, "run_median": 1.0, "run_upper": 2.0}])
def test_a_forecast_without_numbers_is_left_out(store: Store, row: dict[str, object]) -> None:
    version = store.version("both")
    bare = type(version)(**{**vars(version), "lineage": {"forecast": [row]}})
    assert forecasts_of(bare) == ()


def test_a_target_without_words() -> None:
    assert label_of({}) == "all"
