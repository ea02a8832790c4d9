"""Simulations in parallel: results in order, progress, errors, and counts that are checked."""

import pytest

from bayescale.calibration.simulations import MOST_COUNT, require_counts, run_simulations
from bayescale.errors import InputError


def double(value: int) -> int:
    if value < 0:
        raise ValueError(value)
    return 2 * value


def test_results_are_in_the_order_of_the_jobs() -> None:
    lines: list[str] = []
    assert run_simulations(double, [(i,) for i in range(30)], lines.append, None) == [2 * i for i in range(30)]
    assert sorted(lines) == sorted(f"simulation {i + 1} of 30" for i in range(30))


def test_an_error_of_a_simulation_is_raised() -> None:
    with pytest.raises(ValueError, match="-1"):
        run_simulations(double, [(1,), (-1,), (2,)], None, None)


def test_counts_out_of_range_are_all_named() -> None:
    require_counts({"n_runs": (2, 2), "draws": (MOST_COUNT, 1)})
    with pytest.raises(InputError) as caught:
        require_counts({"n_runs": (1, 2), "draws": (True, 1), "simulations": (20.0, 20), "n_families": (3, 1)})
    assert [problem.split("=")[0] for problem in caught.value.problems] == ["n_runs", "draws", "simulations"]
