"""Tables of trainings with losses of a published law, and the refusal of a table."""

import numpy as np
import pandas as pd
import pytest

from bayescale.data.reading import read_runs
from bayescale.errors import InputError
from bayescale.scaling_laws.registry import law


def measured(rows: int = 14) -> pd.DataFrame:
    """Trainings of different sizes with losses of full precision."""
    rng = np.random.default_rng(0)
    n_params, n_tokens = 10 ** rng.uniform(7.5, 9.5, rows), 10 ** rng.uniform(9, 11, rows)
    loss = 1.7 + 400 * n_params**-0.34 + 410 * n_tokens**-0.28 + 0.01 * rng.standard_normal(rows)
    return pd.DataFrame({"n_params": n_params, "n_tokens": n_tokens, "loss": loss})


PUBLISHED = {"E": 1.7, "A": 400.0, "alpha": 0.34, "B": 420.0, "beta": 0.28}


def large(rows: int = 30) -> pd.DataFrame:
    """Runs of 1e9 to 1e10 parameters: all of them above 1,000 when given in millions."""
    rng = np.random.default_rng(0)
    n_params = 10 ** rng.uniform(9.01, 10.1, rows)
    n_tokens = n_params * 10 ** rng.uniform(0.7, 1.7, rows)
    loss = law("chinchilla").predict({"n_params": n_params, "n_tokens": n_tokens}, PUBLISHED)
    return pd.DataFrame(
        {"n_params": n_params, "n_tokens": n_tokens, "loss": loss * np.exp(0.004 * rng.normal(size=rows))}
    )


def refusal(table: object, **options: object) -> str:
    with pytest.raises(InputError) as caught:
        read_runs(table, **options)
    return str(caught.value)
