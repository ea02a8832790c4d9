"""The training runs and the provenance in a report of losses."""

import pandas as pd

from bayescale.plots import wording
from bayescale.plots.plotted_data import measured
from bayescale.report.formats import Format, number, text
from bayescale.report.tables import Table, table_of
from bayescale.scaling.result import Fit

MOST_ROWS = 60


def data_table(fit: Fit) -> Table:
    """Summarise the training runs of each family.

    Parameters
    ----------
    fit : Fit
        The posterior.

    Returns
    -------
    Table
        One row per family: numbers of rows and runs, ranges of the inputs and of the response.
    """
    rows, inputs = measured(fit), fit.inputs
    columns: dict[str, Format] = {"family": text("family"), "rows": number("rows", "d"), "runs": number("runs", "d")}
    families = []
    for family, part in rows.groupby("family", sort=False):
        ranges = {name: _range(part[name], wording.size_text) for name in inputs}
        value = _range(part["value"], "{:.4g}".format)
        families.append({"family": family, "rows": len(part), "runs": part["run"].nunique(), **ranges, "value": value})
    columns |= {wording.AXES.get(name, name): text(name) for name in inputs}
    columns[fit.response] = text("value")
    source = fit.attribute("source") or "a table in memory"
    return table_of("data", pd.DataFrame(families), f"Training runs from {source}", columns, MOST_ROWS)


def _range(values: "pd.Series[float]", form: Format) -> str:
    low, high = form(values.min()), form(values.max())
    return low if low == high else f"{low} – {high}"


def lineage(fit: Fit) -> dict[str, str]:
    """Return what is needed to repeat a fit.

    Parameters
    ----------
    fit : Fit
        The posterior.

    Returns
    -------
    dict of str to str
        Source and digest of the data, seed, draws, sampler settings, attempt of the sampler, and versions.
    """
    sampler, posteriors = fit.attribute("sampler"), fit.posteriors
    sizes = fit.posterior.tree["posterior"].sizes
    attempts = {name: str(posterior.attribute("attempt")) for name, posterior in posteriors.items()}
    return {
        "data": str(fit.attribute("source")),
        "data digest": f"sha256 {fit.attribute('data_digest')}",
        "random seed": str(fit.attribute("random_seed")),
        "draws": f"{sizes['chain']} chains of {sizes['draw']}",
        "sampler": ", ".join(f"{name}={value}" for name, value in sampler.items() if value is not None),
        "attempt": "; ".join(f"{name}: {how}" if len(attempts) > 1 else how for name, how in attempts.items()),
        "versions": ", ".join(f"{name} {version}" for name, version in fit.attribute("versions").items()),
    }
