"""A store with a model that has everything, one whose last fit failed, one of risk, and its site."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from bayescale.maintenance import forecast_scores
from bayescale.maintenance.model_kinds import plain
from bayescale.maintenance.store.posteriors import Store
from bayescale.report.site.files import write_site
from bayescale.report.site.record import ModelRecord, read_record
from bayescale.scaling.result import Fit
from tests.cli.conftest import run  # noqa: F401
from tests.golden import golden_risk, thinned
from tests.report.conftest import HOSTILE

TARGETS: list[dict[str, Any]] = [
    {"name": HOSTILE, "n_params": 1e10, "n_tokens": 2e11, "family": "a"},
    {"name": "second", "n_params": 3e10, "n_tokens": 6e11, "family": "b"},
]
DRIFT = "run a8 (a) reached 2.31, outside the 98 % interval 2.1 to 2.2 forecast by version 1"


def lineage(fit: Fit, drift: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "spec": {"card": {"claim": "Where <b>it</b> ends.", "owner": "Ada"}, "forecast": TARGETS},
        "notes": [],
        "path": "sampled",
        "checks": plain(fit.check().table.to_dict("records")),
        "forecast": plain(fit.forecast(TARGETS).table.to_dict("records")),
        "drift": list(drift),
    }


@pytest.fixture(scope="session")
def small_fits(plain_fit: Fit) -> tuple[Fit, Fit]:
    return Fit(thinned(plain_fit.tree, 10)), Fit(thinned(plain_fit.tree, 6))


@pytest.fixture(scope="session")
def store(small_fits: tuple[Fit, Fit], tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = Store.create(tmp_path_factory.mktemp("models") / "store")
    first, second = small_fits
    rows = forecast_scores.forecast_rows(first.forecast(TARGETS), first.families)
    store.publish("both", first.tree, lineage(first), ledger=rows, message="sampled: the first fit")
    log = store.ledger("both")
    landed = log.iloc[[0]].assign(scored_run="a8", observed=9.0, pit=0.995, inside=0.0)
    store.publish("both", second.tree, lineage(second, (DRIFT,)), ledger=landed, message="sampled: rows were added")
    store.publish("stopped", first.tree, lineage(first))
    store.note("stopped", {"why": "divergences", "data_digest": "0"}, message="divergences")
    risk = golden_risk("two_laws")
    record = {
        "spec": {"risk": {}, "budgets": [100]},
        "notes": [],
        "forecast": plain(risk.at([100]).table.to_dict("records")),
    }
    store.publish("risk", risk.tree, record)
    store.note("unborn", {"why": "no rows", "data_digest": "0"}, message="no rows")
    return store


@pytest.fixture(scope="session")
def both(store: Store) -> ModelRecord:
    return read_record(store, "both")


@pytest.fixture(scope="session")
def site(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, from records alone."""
    folder: Path = tmp_path_factory.mktemp("site") / "out"
    assert write_site(store, folder) == ()
    return folder


@pytest.fixture
def empty_record() -> ModelRecord:
    return ModelRecord("empty", (), pd.DataFrame())
