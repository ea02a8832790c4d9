"""The table of priors in a report."""

from bayescale.report.loss.priors import priors_table
from bayescale.scaling_laws.priors.prior_files import default_table, shipped


def test_every_prior_is_a_row_with_the_number_of_tables_behind_it() -> None:
    table = priors_table(default_table())
    rows = {row[0]: row for row in table.rows}
    assert set(rows) == set(default_table().priors)
    assert rows["exponent_n_params"][2] == str(len(default_table().sources["exponent_n_params"]))
    assert rows["floor"][2] == "stated"
    assert "learned from" in table.caption
    assert "not learned from runs" in priors_table(shipped("stated")).caption
