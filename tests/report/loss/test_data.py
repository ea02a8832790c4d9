"""The training runs and the provenance in a report, against the table that was fitted."""

import numpy as np
import pandas as pd
import pytest

from bayescale.core.serialization import frozen
from bayescale.data.reading import read_runs
from bayescale.plots.wording import size_text
from bayescale.report.loss.data import data_table, lineage
from bayescale.scaling.result import Fit
from tests.golden import CHAINS, DRAWS, THINNING
from tests.simulation import simulated_runs


def test_each_family_has_its_counts_and_ranges(plain_fit: Fit) -> None:
    table = data_table(plain_fit)
    assert table.columns == ("family", "rows", "runs", "parameters", "training tokens", "loss")
    assert len(table.rows) == 2
    for family, part in simulated_runs().groupby("family"):
        (row,) = [row for row in table.rows if row[0] == family]
        assert row[1:3] == ("25", "25")
        for cell, name in zip(row[3:5], ("n_params", "n_tokens"), strict=True):
            assert cell == f"{size_text(part[name].min())} – {size_text(part[name].max())}"
        assert row[5] == f"{part['loss'].min():.4g} – {part['loss'].max():.4g}"


def test_a_constant_input_has_one_value(plain_fit: Fit) -> None:
    tree = plain_fit.tree.copy(deep=True)
    tree["constant_data"]["log_inputs"].data[:, 0] = np.log(7e9)
    assert [row[3] for row in data_table(Fit(tree)).rows] == ["7B", "7B"]


@pytest.mark.parametrize(("source", "name"), [("runs.csv", "runs.csv"), ("", "a table in memory")])
def test_the_caption_names_the_source(plain_fit: Fit, source: str, name: str) -> None:
    tree = plain_fit.tree.copy()
    tree.attrs = {**plain_fit.tree.attrs, **frozen({"source": source})}
    assert data_table(Fit(tree)).caption == f"Training runs from {name}"


def test_the_lineage_has_what_repeats_the_fit(plain_fit: Fit) -> None:
    facts = lineage(plain_fit)
    assert facts["data digest"] == f"sha256 {read_runs(simulated_runs()).digest}"
    assert facts["random seed"] == "1"
    assert facts["draws"] == f"{CHAINS} chains of {DRAWS}"
    assert {f"chains={CHAINS}", f"draws={DRAWS * THINNING}"} <= set(facts["sampler"].split(", "))
    assert {"bayescale", "pymc", "nutpie"} <= {part.split()[0] for part in facts["versions"].split(", ")}
    assert pd.Series(facts).str.len().gt(0).all()
