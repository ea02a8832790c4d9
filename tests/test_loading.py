"""Reading a posterior of either kind from a file."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from bayescale.errors import StoredPosteriorError
from bayescale.loading import load
from bayescale.scaling.posterior_tree import SCHEMA
from bayescale.scaling.result import Fit


def test_files_that_are_no_posterior(plain_fit: Fit, tmp_path: Path) -> None:
    missing, junk, other, future, part = (
        tmp_path / f"{name}.nc" for name in ("missing", "junk", "other", "future", "part")
    )
    junk.write_bytes(b"not netCDF at all")
    xr.Dataset({"x": ("y", np.arange(3))}).to_netcdf(other, engine="h5netcdf")
    newer = plain_fit.tree.copy()
    newer.attrs = newer.attrs | {"bayescale_schema": str(SCHEMA + 1)}
    newer.to_netcdf(future, engine="h5netcdf")
    plain_fit.save(part)
    part.write_bytes(part.read_bytes()[:20_000])
    reasons = {
        missing: "no such file",
        junk: "cannot be read as netCDF",
        other: "not a bayescale posterior",
        future: f"schema {SCHEMA + 1}",
        part: "cannot be read as netCDF",
        tmp_path: "no such file",
    }
    for path, reason in reasons.items():
        with pytest.raises(StoredPosteriorError, match=reason) as caught:
            load(path)
        assert str(path) in str(caught.value)
