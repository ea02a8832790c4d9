"""Meanings of columns come of names and values, each name once."""

import pandas as pd
import pytest

from bayescale.description.meanings import Meaning, meanings_of_runs, meanings_of_trials


@pytest.mark.parametrize(
    ("column", "values", "name", "unit", "sure"),
    [
        ("n_params", [1e8, 2e8], "n_params", "", True),
        ("Params (M)", [10, 300], "n_params", "millions", True),
        ("model_size_B", [0.4, 7], "n_params", "billions", True),
        ("params", [70, 6900], "n_params", "millions", False),
        ("tokens", [2.2, 300], "n_tokens", "millions", False),
        ("tokens", [2.2, 100], "n_tokens", "billions", False),
        ("trainTokens", [1e9, 1e10], "n_tokens", "", True),
        ("Compute", [1e18, 1e20], "flops", "", True),
        ("config_learning_rate", [1e-3, 1e-4], "lr", "", True),
        ("val_perplexity", [20, 30], "loss", "perplexity", True),
        ("bpb", [0.9, 0.8], "loss", "bits", True),
        ("model_family", ["a", "b"], "family", "", True),
        ("global_step", [1, 2], "step", "", True),
        ("trainable_params", [1e6, 4e6], "n_params_tuned", "", True),
        ("replay_fraction", [0.0, 0.01], "injected_share", "", True),
        ("comment", ["x", "y"], "", "", True),
    ],
)
def test_one_column(column: str, values: list[object], name: str, unit: str, sure: bool) -> None:
    meaning = {meaning.column: meaning for meaning in meanings_of_runs(pd.DataFrame({column: values, "other": 1.0}))}
    assert meaning[column] == Meaning(column, name, unit, sure)


def test_no_name_is_given_twice_and_exact_names_come_first() -> None:
    table = pd.DataFrame({"val_loss": [1.0], "train_loss": [1.0], "loss": [1.0], "params": [1e9], "n_params": [1e9]})
    assert [meaning.name for meaning in meanings_of_runs(table)] == ["", "", "loss", "", "n_params"]


def test_counts_and_attempts_exclude_each_other() -> None:
    names = [meaning.name for meaning in meanings_of_trials(["task_id", "n_samples", "n_correct", "score"])]
    assert names == ["problem", "attempts", "successes", ""]
    names = [meaning.name for meaning in meanings_of_trials(["task_id", "trial", "reward", "n"])]
    assert names == ["problem", "attempt", "success", ""]
