"""Laws of models made from other models: statements of their sources, slopes and limits."""

import numpy as np
import pytest

from bayescale.scaling_laws.registry import law
from tests.scaling_laws.catalog import published_fine_tuning as published
from tests.scaling_laws.catalog.helpers import source


def test_rl_power_is_linear_in_logarithms_with_a_slope_that_grows_with_size() -> None:
    p = {"a": 0.5, "N_1": 4e9, "K_max": 0.2, "N_0": 7e9}
    entry = law("rl_power")
    for n in (1e9, 7e9, 7e10):
        log_error = np.log10(entry.predict({"n_params": n, "flops": np.array([1e19, 1e20, 1e21])}, p))
        assert np.diff(log_error) == pytest.approx(-0.2 / (1 + 7e9 / n))
        assert log_error[1] == pytest.approx(-0.5 / (1 + 4e9 / n))


@pytest.mark.parametrize(
    ("name", "inputs", "parameters", "limit"),
    [
        ("rl_sigmoid", {"initial_pass_rate": 0.2, "gpu_hours": 1e60}, {"A": 0.6, "B": 0.9, "C_mid": 4e3}, 0.6),
        ("rl_sigmoid", {"initial_pass_rate": 0.2, "gpu_hours": 1e-60}, {"A": 0.6, "B": 0.9, "C_mid": 4e3}, 0.2),
        ("rl_sigmoid", {"initial_pass_rate": 0.2, "gpu_hours": 4e3}, {"A": 0.6, "B": 0.9, "C_mid": 4e3}, 0.4),
        ("preference", {"examples": 1e250}, {"e_inf": 0.3, "beta": 2.0, "c": 0.3}, 0.3),
    ],
)
def test_limits(name: str, inputs: dict[str, float], parameters: dict[str, float], limit: float) -> None:
    assert law(name).predict(inputs, parameters) == pytest.approx(limit, rel=1e-9)


@pytest.mark.parametrize(
    ("task", "methods", "printed"),
    # Zhang et al., table 5, scaling of the model size: gamma of D = H X^gamma, where A X^-alpha D^-beta are equal
    [
        ("WMT14 En-De", ("all parameters", "prompt"), -1.2),
        ("WMT14 En-De", ("all parameters", "LoRA"), -2.4),
        ("WMT14 En-De", ("prompt", "LoRA"), 1.5),
        ("WMT19 En-Zh", ("all parameters", "prompt"), -0.12),
        ("WMT19 En-Zh", ("all parameters", "LoRA"), -0.3),
        ("MLSum", ("all parameters", "prompt"), -2.1),
    ],
)
def test_data_at_which_two_methods_of_fine_tuning_are_equal_follow_the_printed_exponents(
    task: str, methods: tuple[str, str], printed: float
) -> None:
    entry = law("finetuning")
    values = [{**source("finetuning", f"{task}, {method}"), "E": 0.0} for method in methods]

    def equal_at(n: float) -> float:
        """Logarithm of the data: both logarithms of loss are linear in it."""
        at = [
            np.log(entry.predict({"n_params": n, "n_finetune_tokens": np.array([1.0, np.e])}, parameters))
            for parameters in values
        ]
        slopes = [pair[1] - pair[0] for pair in at]
        return float((at[1][0] - at[0][0]) / (slopes[0] - slopes[1]))

    gamma = (equal_at(1e10) - equal_at(1e9)) / np.log(10)
    assert gamma == pytest.approx(printed, abs=0.2)  # table 4 has two digits


def test_size_helps_fine_tuning_more_than_pretraining_data_and_adapters_hardly() -> None:
    def falls(name: str, column: str, task: str) -> float:
        """Exponent of a column: how fast the loss above the floor falls with it."""
        values = {**source(name, task), "E": 0.0}
        inputs = {column: np.array([1e9, np.e * 1e9]), "n_finetune_tokens": 1e5}
        return float(-np.diff(np.log(law(name).predict(inputs, values)))[0])

    for task, row in published.FINE_TUNING.items():
        size, data = falls("finetuning", "n_params", task), falls("finetuning_pretraining", "n_tokens", task)
        assert (size, data) == (pytest.approx(row[3]), pytest.approx(row[5]))
        assert size > data
        if row[7] is not None:
            assert abs(falls("finetuning_adapters", "n_params_tuned", task)) < 1e-2


def test_transfer_extrapolates_as_its_authors_say() -> None:
    inputs = {"n_params": 1.75e11, "n_finetune_tokens": np.array([1.0, 300.0])}
    for start, factor in (("text", 2.8), ("half", 1.7)):  # section 6.2: 300 characters multiply what is transferred
        at_one, at_300 = law("transfer").predict(inputs, source("transfer", start))
        assert at_300 / at_one == pytest.approx(factor, rel=0.02)
    # section 1.1: ten times the parameters are worth about a hundred times the data of fine-tuning
    more = {"n_params": np.array([1e8, 1e9, 1e8]), "n_finetune_tokens": np.array([1e6, 1e6, 1e8])}
    few, larger, longer = law("transfer").predict(more, source("transfer", "text"))
    assert (larger / few, longer / few) == (pytest.approx(2.4, rel=0.01), pytest.approx(2.3, rel=0.01))


def test_transfer_loss_is_kaplans_law_of_the_data_from_scratch() -> None:
    inputs = {"n_params": 1e8, "n_finetune_tokens": np.array([1e5, 1e7, 1e9])}
    values = source("transfer", "text")
    worth = inputs["n_finetune_tokens"] + law("transfer").predict(inputs, values)
    predicted = law("transfer_loss").predict(inputs, {**published.KAPLAN, **values})
    assert predicted == pytest.approx(law("kaplan").predict({"n_params": 1e8, "n_tokens": worth}, published.KAPLAN))
    # figure 1: with 3e5 characters a model of 4e7 parameters has about 1000 times the data
    worth = law("transfer").predict({"n_params": 4e7, "n_finetune_tokens": 3e5}, values)
    assert worth / 3e5 == pytest.approx(1000, rel=0.6)


def test_injected_data_act_like_parameters() -> None:
    values = {"offset": 0.01, "d_0": 0.3, "beta": 0.4, "alpha": 0.6, "B": 829.0}
    inputs = {"initial_loss": 2.8, "n_finetune_tokens": 3e6}
    entry = law("forgetting")
    injected = entry.predict({**inputs, "n_params": 1e8, "injected_share": 0.01}, values)
    larger = entry.predict({**inputs, "n_params": 9.29e8, "injected_share": 0.0}, values)
    assert injected == pytest.approx(larger)
    endless = entry.predict({**inputs, "n_params": 1e60, "injected_share": 0.0}, values)
    assert endless == pytest.approx(2.81)
