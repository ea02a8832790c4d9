"""Calibration of a law end to end, and its contrast: a model whose noise is not what its data had must be caught."""

from dataclasses import replace

import numpy as np
import pytest

from bayescale.calibration import loss_laws
from bayescale.calibration.loss_laws import calibrate_design, check_calibration
from bayescale.calibration.prior_draws import simulated
from bayescale.calibration.result import Calibration
from bayescale.calibration.simulated_design import made_design, targets_of
from bayescale.errors import InputError, LawError
from bayescale.scaling.model.design import Design
from bayescale.scaling.model.spec import Spec
from bayescale.scaling.sampling.sampler import Draws, Sampler
from bayescale.scaling_laws.registry import law
from tests.conftest import MadeUp, simulated_runs

SHORT = Sampler(draws=250, tune=200, chains=2, attempts=1)
STRICT = 1e-3  # chance that a correct model fails this test


@pytest.fixture(scope="module")
def design() -> Design:
    return made_design(Spec(law("power"), discrepancy=False, noise="constant"), 2, 12)


@pytest.fixture(scope="module")
def found(design: Design) -> Calibration:
    return calibrate_design(design, 22, SHORT, random_seed=4)


def test_a_true_model_s_posteriors_hold_the_truth_as_often_as_they_say(found: Calibration) -> None:
    assert len(found.fits) == 22
    assert found.fits["fitted"].all()
    assert found.table["p_value"].min() > STRICT / len(found.table)
    looked_at = {"x_c", "alpha", "noise_floor", "log_likelihood", "law_centre", "law_far", "run_far"}
    assert looked_at | {"population_alpha", "spread_x_c", "law_far_new_family"} <= set(found.table["quantity"])
    assert found.ranks["alpha"].shape == (22, 2)
    assert "2 families" in found.of
    assert {"rhat", "ess_bulk", "divergences"} <= set(found.fits)


@pytest.fixture
def louder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Data with twice the noise that the parameters say."""

    def twice(design: Design, values: loss_laws.Values, rng: np.random.Generator) -> loss_laws.Array:
        noise = values["noise"] + np.array([np.log(2.0), 0.0])
        return simulated(design, {**values, "noise": noise}, rng)

    monkeypatch.setattr(loss_laws, "simulated", twice)


@pytest.mark.usefixtures("louder")
def test_data_noisier_than_the_model_says_are_caught(design: Design) -> None:
    wrong = calibrate_design(design, 20, SHORT, random_seed=4)
    table = wrong.table.set_index("quantity")
    assert not wrong.passed
    assert not table.loc["noise_floor", "passed"]
    assert table.loc["noise_floor", "p_value"] < STRICT / len(table)
    assert table.loc["noise_floor", "mean"] < 0.25  # the truth lies below what posteriors say


def test_what_a_fit_takes_from_data_stays_as_it_was(design: Design, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every simulation is sampled with the design's own centre, least response, unit and inputs."""
    seen: list[Design] = []

    def refused(data: Design, sampler: Sampler, random_seed: int, progress: bool) -> Draws:
        seen.append(data)
        raise InputError("cannot express these data")

    monkeypatch.setattr(loss_laws, "sample_posterior", refused)
    ones = [loss_laws.simulate(design, targets_of(design), SHORT, 1, index) for index in range(3)]
    assert all(one.ranks == {} and one.why == "cannot express these data" and not one.passed for one in ones)
    for data in seen:
        assert replace(data, scaled_response=design.scaled_response).min_loss is design.min_loss
        assert data.centre is design.centre
        assert data.unit == design.unit
    assert len({data.scaled_response.tobytes() for data in seen}) == 3
    with pytest.raises(InputError, match="none of 20 simulations could be sampled: cannot express"):
        calibrate_design(design, 20, SHORT)


def test_a_discrepancy_and_its_forecasts_are_looked_at(made_up: MadeUp) -> None:
    """The quantities of a default question, from draws that nobody sampled."""
    default = made_design(Spec(law("joint")), 2, 8)
    targets = targets_of(default)
    quantities = loss_laws._quantities(default, loss_laws._thinned(_lifted(default, made_up)), SHORT, 1, targets)
    assert {"discrepancy_scale", "q", "noise_growth", "law_far", "law_centre_new_family"} <= set(quantities)
    assert quantities["law_far"].shape == (loss_laws.DRAWS, 2)
    assert quantities["law_far_new_family"].shape == (loss_laws.DRAWS,)


def _lifted(design: Design, made_up: MadeUp) -> loss_laws.Values:
    values = made_up(design).values
    names = {*values} - ({"free"} if not design.layout.sampled_free else set())
    return {name: np.tile(values[name], (1, 2, *(1 for _ in values[name].shape[2:]))) for name in names}


def test_a_table_of_one_s_own_gives_inputs_and_what_is_frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Design] = []

    def looked(design: Design, *rest: object) -> str:
        seen.append(design)
        return "done"

    monkeypatch.setattr(loss_laws, "calibrate_design", looked)
    runs = simulated_runs(n=7)
    assert check_calibration("chinchilla", runs, simulations=20, random_seed=1) == "done"
    check_calibration("chinchilla", simulations=20, n_families=4, n_runs=5, random_seed=1)
    own, made = seen
    assert own.families == ("a", "b")
    assert len(own.row) == 14
    assert own.min_loss[0] == pytest.approx(runs.loc[runs["family"] == "a", "loss"].min())
    assert (len(made.families), len(made.row)) == (4, 20)


def test_questions_that_cannot_be_asked_are_refused_at_once() -> None:
    with pytest.raises(InputError, match="n_runs=1 must be") as caught:
        check_calibration("power", n_runs=1, simulations=5, n_families=0)
    assert len(caught.value.problems) == 3
    with pytest.raises(LawError, match="chinchila"):
        check_calibration("chinchila")
    with pytest.raises(InputError, match="cluster='somewhere'"):
        check_calibration("power", discrepancy=False, noise="constant", simulations=20, cluster="somewhere")
