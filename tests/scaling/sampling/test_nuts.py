"""What the sampler cannot do ends in an error of ours, with its threads ended."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

import bayescale as bs
from bayescale.errors import ChecksFailed
from bayescale.scaling.sampling.compilation import density_of
from bayescale.scaling.sampling.nuts import NoDraws, run_chains
from bayescale.scaling.sampling.preconditioner import laplace_preconditioner
from bayescale.scaling.sampling.progress import Silent
from bayescale.scaling.sampling.sampler import Sampler
from tests.scaling.sampling.small_families import design_of, small_families


def test_a_density_without_finite_values_raises_no_draws() -> None:
    design = design_of(small_families(2, 6))
    density = density_of(design)
    preconditioner = laplace_preconditioner(design, density)
    data = preconditioner.data | {"rows": np.full_like(preconditioner.data["rows"], np.nan)}
    preconditioner = replace(preconditioner, data=data)
    with pytest.raises(NoDraws, match="not finite"):
        run_chains(density, preconditioner, Sampler(), "diag", 1, Silent(), "test")


def test_failure_of_nutpie_becomes_checks_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    import nutpie

    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("All initialization points failed\n\nStack backtrace:\n 0: <unknown>")

    monkeypatch.setattr(nutpie, "sample", fails)
    with pytest.raises(ChecksFailed, match="All initialization points failed") as caught:
        bs.fit(small_families(2, 6), law="chinchilla", discrepancy=False, progress=False)
    assert "backtrace" not in str(caught.value)
    assert caught.value.fit is None


FAILS_AND_ENDS = """
import numpy as np, pandas as pd
from tests.scaling.sampling.small_families import design_of, small_families
from bayescale.scaling.sampling import nuts
from bayescale.scaling.sampling.progress import Silent
from bayescale.scaling.sampling.preconditioner import laplace_preconditioner
from bayescale.scaling.sampling.compilation import density_of
from bayescale.scaling.sampling.sampler import Sampler
design = design_of(small_families(2, 6))
density = density_of(design)
preconditioner = laplace_preconditioner(design, density)
nuts.initial_coordinate = lambda density, preconditioner, seed: np.full(density.size, np.nan)
try:
    nuts.run_chains(density, preconditioner, Sampler(), "diag", 1, Silent(), "test")
except nuts.NoDraws as error:
    print("no draws:", "initialization" in str(error))
"""


def test_a_process_ends_cleanly_after_failed_chains() -> None:
    done = subprocess.run([sys.executable, "-c", FAILS_AND_ENDS], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "no draws: True"), done.stderr
