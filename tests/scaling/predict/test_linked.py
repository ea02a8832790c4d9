"""Test forecasts through two fits."""

import numpy as np
import pytest

from bayescale.errors import InputError, LawError
from bayescale.scaling.result import Fit
from tests.golden import golden

TARGETS = [{"family": "a", "n_params": 3e9, "n_tokens": 6e10}, {"family": "b", "n_params": 1e9, "n_tokens": 2e10}]


@pytest.fixture(scope="module")
def link() -> Fit:
    return golden("link")


def test_the_second_law_is_applied_to_every_draw(plain_fit: Fit, link: Fit) -> None:
    found = plain_fit.then(link).forecast(TARGETS)
    before = plain_fit.forecast(TARGETS)
    assert list(found.table["family"]) == ["a", "b"]
    middle = 0.76 - 1.3 * np.exp(-before.table["law_median"])
    assert found.table["law_median"].to_numpy() == pytest.approx(middle.to_numpy(), abs=0.003)
    assert (found.table["run_lower"] < found.table["law_lower"]).all()
    assert found.dataset.attrs["response"] == "error"


def test_uncertainty_of_the_first_widens_the_second(plain_fit: Fit, link: Fit) -> None:
    near, far = ({"family": "a", "n_params": n, "n_tokens": 20 * n} for n in (1e9, 1e12))
    table = plain_fit.then(link).forecast([near, far]).table
    widths = table["law_upper"] - table["law_lower"]
    alone = link.forecast([{"family": "a", "loss": float(plain_fit.forecast([far]).table["law_median"][0])}]).table
    assert widths[1] > widths[0]
    assert widths[1] > alone["law_upper"][0] - alone["law_lower"][0]
    assert table["extrapolation"][1] >= 900  # the farther of both fits


def test_a_family_unknown_to_the_second_fit_is_new(plain_fit: Fit) -> None:
    same = {"n_params": 1e9, "n_tokens": 2e10}
    table = plain_fit.then(golden("link_by_family")).forecast([{"family": "a", **same}, {"family": "b", **same}]).table
    seen, unseen = table["law_upper"] - table["law_lower"]
    assert unseen > 5 * seen


def test_then_refuses_laws_without_the_response(plain_fit: Fit, link: Fit) -> None:
    with pytest.raises(LawError, match="takes n_params, n_tokens and not 'loss'"):
        plain_fit.then(plain_fit).forecast(TARGETS)
    with pytest.raises(InputError, match="n_tokens"):
        plain_fit.then(link).forecast([{"n_params": 1e9}])
