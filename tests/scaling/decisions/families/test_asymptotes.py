"""Asymptotes, scales and exponents of families against the parameters of laws."""

from typing import Any

import numpy as np
import pytest

from bayescale.errors import LawError
from bayescale.scaling.decisions.families.asymptotes import Gap, common_gap, family_limits, require_limits
from bayescale.scaling.decisions.family_response import hold
from bayescale.scaling.result import Fit
from tests.scaling.decisions.decision_cases import fewer, settled, stack

SIZE = 1e9


def of_families(fit: Fit) -> list[Any]:
    """Both families at one size."""
    return [hold(fit, name, {"n_params": SIZE}, {"n_tokens": 1e10}) for name in ("a", "b")]


def test_a_power_law_has_its_floor_and_exponent(plain_fit: Fit) -> None:
    """Along tokens the asymptote is floor and term of size, and the ratio of scales is that of equal terms of data."""
    posterior = fewer(plain_fit, 50).tree["posterior"]
    fit = fewer(plain_fit, 50)
    gap = common_gap(fit, of_families(fit), "n_tokens", 1e9)
    limits = family_limits(fit, of_families(fit), "n_tokens", gap)
    floor, a, alpha, b, beta = (posterior[name].to_numpy() for name in ("E", "A", "alpha", "B", "beta"))
    np.testing.assert_allclose(limits["asymptote"], floor + a * SIZE**-alpha, rtol=1e-12)
    np.testing.assert_allclose(limits["exponent"], beta, rtol=1e-6)
    assert gap.start == 1e9
    assert gap.level is not None
    np.testing.assert_allclose(limits["half"], (b / gap.level) ** (1 / beta), rtol=1e-7)
    assert gap.level == pytest.approx(np.exp(np.log(b * 1e9**-beta).mean()) / 2)


def test_equal_exponents_give_the_factor_of_the_input(plain_fit: Fit) -> None:
    """A family whose tokens count 2.5 times has a scale 2.5 times smaller."""
    baseline = {"E": 1.7, "A": 400.0, "alpha": 0.34, "B": 410.0, "beta": 0.28}
    recipe = {**baseline, "B": 410.0 * 2.5**-0.28}
    fit = settled(fewer(plain_fit, 2), {"a": recipe, "b": baseline})
    limits = family_limits(fit, of_families(fit), "n_tokens", common_gap(fit, of_families(fit), "n_tokens", 1e9))
    half = limits["half"].to_numpy()
    np.testing.assert_allclose(half[..., 1] / half[..., 0], 2.5, rtol=1e-9)


def test_a_gap_that_is_never_so_small_is_infinite(plain_fit: Fit) -> None:
    flat = {"E": 1.7, "A": 400.0, "alpha": 0.34, "B": 3.0, "beta": 1e-4}
    fit = settled(fewer(plain_fit, 2), {"a": flat})
    half = family_limits(fit, of_families(fit), "n_tokens", Gap(1e9, 0.1))["half"].to_numpy()
    assert np.isinf(half[..., 0]).all()
    assert np.isfinite(half[..., 1]).all()


def test_a_stack_mixes_the_limits_of_its_laws(plain_fit: Fit) -> None:
    low, high = ({"E": floor, "A": 400.0, "alpha": 0.34, "B": 410.0, "beta": 0.28} for floor in (1.5, 1.9))
    members = {
        name: settled(fewer(plain_fit, 50), {"a": values, "b": values}) for name, values in (("x", low), ("y", high))
    }
    fit = stack(members, {"x": 0.25, "y": 0.75})
    held = of_families(fit)
    require_limits(fit, held, "n_tokens")
    asymptote = family_limits(fit, held, "n_tokens", common_gap(fit, held, "n_tokens", 1e9))["asymptote"].to_numpy()
    assert np.mean(asymptote > 1.7 + 400 * SIZE**-0.34) == pytest.approx(0.75, abs=0.05)


def test_a_law_without_a_limit_is_refused(plain_fit: Fit) -> None:
    fit = settled(fewer(plain_fit, 2), {"a": {"beta": -0.1}})
    with pytest.raises(LawError, match="no finite limit as n_tokens grows"):
        require_limits(fit, of_families(fit), "n_tokens")
