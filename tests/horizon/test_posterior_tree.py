"""A horizon posterior's tree keeps everything that answers need, and says what is missing."""

import pytest

from bayescale.errors import StoredPosteriorError
from bayescale.horizon.posterior_tree import cells_from_tree
from tests.golden import golden, golden_horizon
from tests.horizon.simulation import HORIZONS, RELEASED, agent_trials


def test_counts_come_back() -> None:
    cells, table = cells_from_tree(golden_horizon("agents").tree), agent_trials()
    assert cells.agents == tuple(HORIZONS)
    assert cells.successes.tolist() == table["successes"].tolist()
    assert len(set(cells.released.tolist())) == len(RELEASED)


def test_another_posterior_is_refused() -> None:
    with pytest.raises(StoredPosteriorError):
        cells_from_tree(golden("plain").tree)
    tree = golden_horizon("agents").tree.copy()
    del tree["observed_data"]
    with pytest.raises(StoredPosteriorError, match="incomplete"):
        cells_from_tree(tree)
