"""Ranks combined: ties, NaN, one family a simulation, and failures that are counted and noted."""

import numpy as np
import pytest

from bayescale.calibration.result import Calibration, SimulationResult, calibration, rank

DRAWS = 100


def simulation_results(n: int = 40, poor: int = 0, lost: int = 0, tries: int = 1) -> list[SimulationResult]:
    """Simulations of a calibrated quantity and of one of three families, some failed."""
    rng = np.random.default_rng(1)
    out = []
    for index in range(n):
        ranks = {"x": np.int64(rng.integers(DRAWS + 1)), "y": rng.integers(DRAWS + 1, size=3)}
        failed = index < poor + lost
        lost_here = index < lost
        out.append(SimulationResult({} if lost_here else ranks, tries, not failed, "R-hat" * failed, failed, {}))  # type: ignore[dict-item]
    return out


def combined(simulations: list[SimulationResult]) -> Calibration:
    return calibration("made up", simulations, DRAWS, {"family": np.array(["a", "b", "c"])}, random_seed=1)


def test_uniform_ranks_pass_and_are_described() -> None:
    calibrated = combined(simulation_results(200))
    assert calibrated.passed
    assert calibrated.failures == 0
    assert calibrated.possible == 1
    assert calibrated.notes == ()
    assert calibrated.table["quantity"].tolist() == ["x", "y"]
    row = calibrated.table.iloc[0]
    assert row["coverage_90"] == pytest.approx(0.9, abs=4 * row["se_90"])
    assert row["mean"] == pytest.approx(0.5, abs=0.1)
    assert row["spread"] == pytest.approx(1, abs=0.15)
    assert calibrated.ranks["y"].dims == ("simulation", "family")


def test_one_family_counts_in_each_simulation() -> None:
    calibrated = combined(simulation_results(9))
    ranks = calibrated.ranks["y"].to_numpy()
    taken = ranks[np.arange(9), np.arange(9) % 3]
    assert np.floor(calibrated.positions("y") * (DRAWS + 1)).tolist() == taken.tolist()
    assert calibrated.positions("y").tolist() == calibrated.positions("y").tolist()


def test_too_narrow_and_too_wide_posteriors_are_distinguished() -> None:
    simulations = simulation_results(100)
    for share, narrow in ((2.0, True), (0.4, False)):
        moved = [
            SimulationResult(
                {"x": np.clip(50 + share * (result.ranks["x"] - 50), 0, DRAWS).astype(np.int64)}, 1, True, "", False, {}
            )
            for result in simulations
        ]
        row = combined(moved).table.iloc[0]
        assert not row["passed"]
        assert (row["spread"] > 1.15) == narrow


def test_failures_are_counted_and_said() -> None:
    calibrated = combined(simulation_results(40, poor=3, lost=2))
    assert calibrated.failures == pytest.approx(5 / 40)
    assert calibrated.table["n"].tolist() == [38, 38]
    assert any(note.startswith("2 of 40 simulations could not be sampled") for note in calibrated.notes)
    assert any(
        note.startswith("3 of 40 posteriors failed the gate") and "all are counted" in note for note in calibrated.notes
    )
    assert calibrated.ranks["simulation"].to_numpy()[0] == 2


def test_a_prior_that_rarely_makes_data_is_said() -> None:
    calibrated = combined(simulation_results(40, tries=50))
    assert calibrated.possible == pytest.approx(0.02)
    assert any("only 2 % of draws from the prior" in note for note in calibrated.notes)


def test_ranks_among_equals_are_even_and_nan_is_the_largest() -> None:
    rng = np.random.default_rng(2)
    same = [int(rank(np.array(1.0), np.ones(9), rng)) for _ in range(2000)]
    assert set(same) == set(range(10))
    assert np.mean(same) == pytest.approx(4.5, abs=0.3)
    draws = np.array([1.0, 2.0, np.nan])
    assert int(rank(np.array(1.5), draws, rng)) == 1
    assert int(rank(np.array(np.nan), draws, rng)) in (2, 3)
    assert rank(np.zeros(2), np.ones((5, 2)), rng).tolist() == [0, 0]


def test_shown_in_a_notebook() -> None:
    page = combined(simulation_results(40, poor=1))._repr_html_()
    assert "coverage_90" in page
    assert "<li>1 of 40" in page
