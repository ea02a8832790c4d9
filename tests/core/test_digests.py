"""A digest covers every value, name, type and attribute of a tree."""

import numpy as np
import xarray as xr

from bayescale.core.digests import digest_of


def test_a_digest_sees_every_change(tree: xr.DataTree) -> None:
    def changed(**what: xr.DataTree | xr.Dataset | dict[str, str]) -> str:
        other = tree.copy()
        for name, value in what.items():
            if name == "attrs":
                other.attrs = dict(value)
            else:
                other[name] = value
        return digest_of(other)

    posterior = tree["posterior"].to_dataset()
    digests = {
        digest_of(tree),
        changed(attrs=tree.attrs | {"x": "y"}),
        changed(posterior=posterior.assign(E=posterior["E"] + 1e-15)),
        changed(posterior=posterior.assign(E=posterior["E"].astype(np.float32))),
        changed(posterior=posterior.rename(E="F")),
        changed(posterior=posterior.assign(E=posterior["E"].assign_attrs(unit="nats"))),
    }
    assert len(digests) == 6
    assert changed() == digest_of(tree)
