"""Runs become rows: nested names are joined, steps need every metric, tokens are steps times a product."""

import pytest

from bayescale.data.sources.services.tracked_runs import RunValues, TrackedRun, flattened, missing_metric, rows_of_run
from bayescale.errors import InputError

RUN = TrackedRun("id", "name", "g", "finished", {"a": {"b": 2}, "c": [1], "_wandb": {}}, {"_step": 5, "loss": 3.0})


def test_names_are_joined() -> None:
    assert flattened(RUN.config) == {"a.b": 2, "c": "[1]"}
    row = rows_of_run(RUN, RunValues(tokens_per_step="a.b * 1e3"), []).iloc[0]
    assert (row["config.a.b"], row["summary.loss"], row["n_tokens"]) == (2, 3.0, 1e4)


def test_steps_have_every_metric() -> None:
    history = [{"_step": 1, "x": 1.0, "y": 2.0}, {"_step": 2, "x": 1.0}, {"x": 1.0, "y": 2.0}]
    rows = rows_of_run(RUN, RunValues("step", ("x", "y")), history)
    assert rows["step"].tolist() == [1]
    assert rows_of_run(RUN, RunValues("step", "z"), history).empty
    assert "never logged z" in missing_metric("name", RunValues("step", "z"))


@pytest.mark.parametrize("product", ["a.b *", "*", "a.b * none"])
def test_products_name_the_configuration(product: str) -> None:
    with pytest.raises(InputError, match="tokens_per_step"):
        rows_of_run(RUN, RunValues(tokens_per_step=product), [])
