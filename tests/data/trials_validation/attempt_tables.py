"""Tables of attempts as benchmarks write them."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from bayescale.errors import InputError


def refused(call: Any, *says: str) -> str:
    with pytest.raises(InputError) as caught:
        call()
    for piece in says:
        assert piece in str(caught.value), str(caught.value)
    return str(caught.value)


def results(problems: int = 20, samples: int = 5) -> pd.DataFrame:
    """A results file as benchmarks write it: outcome and text of every attempt beside the verdict."""
    return pd.DataFrame(
        [
            {
                "problem": f"HumanEval/{i}",
                "completion": f"body {j}",
                "success": (i + j) % 3 == 0,
                "result": "passed" if (i + j) % 3 == 0 else "failed: AssertionError",
            }
            for i in range(problems)
            for j in range(samples)
        ]
    )


def equal_ids(name: str) -> pd.DataFrame:
    rng = np.random.default_rng(2)
    return pd.DataFrame(
        {
            "model": np.repeat(["m", "n"], 40),
            name: np.tile(np.repeat(["x", "y"], 20), 2),
            "problem": np.tile(range(20), 4),
            "attempts": 20,
            "successes": rng.binomial(20, np.tile(np.repeat([0.05, 0.95], 20), 2)),
        }
    )


def exports(seed: int = 3, problems: int = 40, samples: int = 8) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rows = [(p, k, int(rng.random() < rate)) for p, rate in enumerate(rng.beta(1, 2, problems)) for k in range(samples)]
    return pd.DataFrame(rows, columns=["problem", "attempt", "success"])
