"""Reading a posterior of either kind from a file."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from bayescale.core.digests import digest_of
from bayescale.errors import StoredPosteriorError
from bayescale.loading import as_posterior, load, require_whole
from bayescale.risk.fit import fit_risk
from bayescale.risk.result import Risk
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
        tmp_path: "is a folder, not a posterior file",
    }
    for path, reason in reasons.items():
        with pytest.raises(StoredPosteriorError, match=reason) as caught:
            load(path)
        assert str(path) in str(caught.value)


def risk() -> Risk:
    """A posterior of risk: one mixing law, no sampling."""
    counts = pd.DataFrame({"model": "m", "problem": list("abcd"), "attempts": [50] * 4, "successes": [0, 1, 5, 20]})
    return fit_risk(counts, ["model"], mixing="beta", draws=100, random_seed=1)


def test_each_kind_of_posterior_comes_back(plain_fit: Fit, tmp_path: Path) -> None:
    plain_fit.save(tmp_path / "fit.nc")
    risk().save(tmp_path / "risk.nc")
    fit, loaded_risk = load(tmp_path / "fit.nc"), load(tmp_path / "risk.nc")
    assert isinstance(fit, Fit)
    assert isinstance(loaded_risk, Risk)
    assert digest_of(fit.tree) == digest_of(plain_fit.tree)
    assert loaded_risk.at([1, 100]).table.equals(risk().at([1, 100]).table)
    assert isinstance(as_posterior(loaded_risk.tree), Risk)


@pytest.mark.parametrize("group", ["posterior", "laws", "constant_data", "observed_data"])
def test_a_tree_without_draws_or_data_is_refused(plain_fit: Fit, group: str) -> None:
    for posterior in (plain_fit, risk()):
        require_whole(posterior.tree)
        tree = posterior.tree.copy()
        if group in tree.children:
            del tree[group]
            with pytest.raises(StoredPosteriorError, match="this posterior is incomplete: "):
                require_whole(tree)
