"""A table of priors, as a table of a report or a terminal."""

from bayescale.report.formats import Format, text
from bayescale.report.tables import Table, table_of
from bayescale.scaling_laws.priors.prior_table import PriorTable


def priors_table(table: PriorTable) -> Table:
    """Return a table of priors with the number of tables of runs behind each.

    Parameters
    ----------
    table : PriorTable
        The priors.

    Returns
    -------
    Table
        One row per quantity: median and 90 % interval of its prior, and the number of tables of runs.
    """
    rows = table.table.assign(
        prior=[str(prior) for prior in table.priors.values()],
        runs=[str(count) if count else "stated" for count in table.table["tables"]],
    )
    columns: dict[str, Format] = {
        "quantity": text("quantity"),
        "prior: median [90 %]": text("prior"),
        "tables of runs": text("runs"),
    }
    return table_of("priors", rows, f"Priors {table.description}", columns)
