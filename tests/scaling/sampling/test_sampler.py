"""Settings of the sampler that cannot be used are named together."""

import pytest

from bayescale.errors import InputError
from bayescale.scaling.sampling.sampler import Sampler, transitions


def test_settings_out_of_range_are_all_named() -> None:
    with pytest.raises(InputError) as caught:
        Sampler(draws=10, chains=1, target_accept=1.0)
    assert list(caught.value.problems) == [
        "draws=10 must be at least 100 and at most 50,000",
        "chains=1 must be at least 2 and at most 64",
        "target_accept=1.0 must be at least 0.5 and below 1",
    ]


def test_transitions_include_tuning() -> None:
    assert transitions(Sampler(draws=200, tune=100, chains=3)) == 900
