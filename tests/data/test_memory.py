"""The collection of garbage is paused inside, and afterwards as it was before."""

import gc

import pytest

from bayescale.data.memory import paused_collection


def _fail_inside() -> None:
    with paused_collection():
        assert not gc.isenabled()
        raise ValueError("inside")


@pytest.mark.parametrize("is_enabled", [True, False])
def test_collection_is_paused_and_restored(is_enabled: bool) -> None:
    was_enabled = gc.isenabled()
    try:
        gc.enable() if is_enabled else gc.disable()
        with pytest.raises(ValueError, match="inside"):
            _fail_inside()
        assert gc.isenabled() == is_enabled
    finally:
        gc.enable() if was_enabled else gc.disable()
