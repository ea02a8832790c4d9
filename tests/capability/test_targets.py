"""Targets are models of the table, or families with a compute; every problem is listed."""

import numpy as np
import pandas as pd
import pytest

from bayescale.capability.scores import Scores
from bayescale.capability.targets import read_targets
from bayescale.errors import InputError
from tests.capability.sampling.prior_state import small_scores


@pytest.fixture
def scores() -> Scores:
    return small_scores()


def test_models_families_and_new_families(scores: Scores) -> None:
    table = pd.DataFrame(
        [{"model": "d"}, {"family": "y", "flops": 1e24}, {"n_params": 1e9, "n_tokens": 1e12, "family": None}]
    )
    known, seen, new = read_targets(scores, table)
    assert (known.model, known.family) == (3, 1)
    assert (seen.model, seen.family) == (None, 1)
    assert seen.compute == pytest.approx(24 - scores.centre)
    assert (new.model, new.family) == (None, None)
    assert new.compute == pytest.approx(np.log10(6e21) - scores.centre)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ({"model": "dd"}, "no model 'dd' in the table"),
        ({"model": "d", "flops": 1e24}, "give 'model' alone"),
        ({"family": "y"}, "give 'model', 'flops', or 'n_params' and 'n_tokens'"),
        ({"family": "y", "flops": -1}, "flops=-1 must be a number above 0"),
        ({"flop": 1e24}, "'flop' is not known. Did you mean 'flops'?"),
        ([], "there is none"),
        ("y", "must be a mapping"),
        ([3], "3 is no mapping"),
    ],
)
def test_what_is_wrong_is_named(scores: Scores, target: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_targets(scores, target)
