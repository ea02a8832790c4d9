"""The table of a recommended mixture."""

import pytest

from bayescale.report.loss.mixture import mixture_table, proxies_table
from bayescale.scaling.decisions.mixtures.choice import mixture
from bayescale.scaling.posterior import FittedLaws


@pytest.mark.slow
def test_table_has_a_row_per_domain_and_says_the_gain(mixture_laws: FittedLaws) -> None:
    choice = mixture(mixture_laws, 1e20)
    table = mixture_table(choice)
    assert [record["domain"] for record in table.records] == choice.table["domain"].tolist()
    assert f"{choice.gain['gain_median'][0]:.3g} below the baseline's" in table.caption


@pytest.mark.slow
def test_next_runs_have_a_column_per_domain(mixture_laws: FittedLaws) -> None:
    choice = mixture(mixture_laws, 1e20, n_proxies=2)
    records = proxies_table(choice).records
    assert [record["explained"] for record in records] == choice.proxies["explained"].tolist()
    assert {"weight_web", "weight_code"} <= set(records[0])
