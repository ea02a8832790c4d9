"""Addresses name sources with their fields."""

import pytest

from bayescale.data.sources import Files, MLflow, RunValues, WandBProject
from bayescale.data.sources.addresses import source_at
from bayescale.errors import InputError


def test_addresses_name_sources() -> None:
    assert source_at("s3://bucket/*.csv") == Files("s3://bucket/*.csv")
    query = "rows=step&metric=val/loss&tokens_per_step=batch*8&states=finished&states=crashed"
    selection = RunValues("step", ("val/loss",), "batch*8")
    assert source_at(f"wandb://team/scaling?{query}") == WandBProject(
        "team/scaling", selection, states=("finished", "crashed")
    )
    assert source_at("mlflow+https://host/base/my%20sweep?rows=step&metric=loss") == MLflow(
        "https://host/base", "my sweep", "step", ("loss",)
    )


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("wandb://team/scaling?row=step", "'row' is no field of this source. Did you mean 'rows'"),
        ("wandb://team", "must be 'ENTITY/PROJECT'"),
        ("mlflow+https://host", "names no experiment"),
        ("mlflow+https://host/a?rows=step", "metric names what"),
    ],
)
def test_wrong_addresses_are_refused(address: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        source_at(address)
    assert says in str(caught.value)
