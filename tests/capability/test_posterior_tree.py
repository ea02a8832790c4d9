"""The tree of a capability posterior holds everything, and says what is wrong with another."""

import numpy as np
import pytest

from bayescale.capability.posterior_tree import scores_from_tree, to_tree
from bayescale.errors import StoredPosteriorError
from tests.golden import golden, golden_capability


def test_scores_come_back() -> None:
    capability = golden_capability("models")
    variables = {str(k): (v.dims, v.to_numpy()) for k, v in capability.tree["posterior"].data_vars.items()}
    again = scores_from_tree(to_tree(capability.scores, variables, seed=1, notes=(), source="", digest=""))
    assert again.models == capability.scores.models
    assert np.array_equal(again.score, capability.scores.score, equal_nan=True)
    assert np.array_equal(again.unknown_scale, capability.scores.unknown_scale)


def test_other_and_incomplete_trees_are_refused() -> None:
    with pytest.raises(StoredPosteriorError, match="no readable attribute 'kind'"):
        scores_from_tree(golden("plain").tree)
    tree = golden_capability("models").tree.copy()
    tree["posterior"] = tree["posterior"].to_dataset().drop_vars("offset")
    with pytest.raises(StoredPosteriorError, match="incomplete"):
        scores_from_tree(tree)
