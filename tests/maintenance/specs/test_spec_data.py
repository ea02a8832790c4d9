"""The `[data]` table: one source, rules with a condition, no secret in an address."""

import pytest
from pydantic import ValidationError

from bayescale.maintenance.specs.spec_data import Data, Exclude, Keep


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "needs exactly one of source, sql, mlflow, tensorboard and wandb; it has none"),
        ({"source": "a.csv", "wandb": {"files": "b.csv"}}, "it has source, wandb"),
        (
            {"sql": {"url": "postgresql://reader:hush@host/runs", "query": "SELECT 1"}},
            "is written out and would be stored",
        ),
        ({"source": "a.csv", "timeout": 0}, "greater than 0"),
    ],
)
def test_unusable_data_is_refused(data: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Data.model_validate(data)


def test_rules_need_a_condition() -> None:
    with pytest.raises(ValidationError, match="has no condition: add at_most, at_least or one_of"):
        Keep.model_validate({"column": "n_params"})
    with pytest.raises(ValidationError, match="exactly one of where"):
        Exclude.model_validate({"reason": "diverged", "where": {"run": "a"}, "blank": "loss"})


def test_a_secret_from_the_environment_is_accepted() -> None:
    data = Data.model_validate({"sql": {"url": "postgresql://reader:${PGPASSWORD}@host/runs", "query": "SELECT 1"}})
    assert data.sql is not None
    assert "PGPASSWORD" in data.sql.url
