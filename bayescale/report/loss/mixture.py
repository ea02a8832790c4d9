"""The tables of a recommended training mixture, and of the next runs for it."""

from bayescale.data.quantities import WEIGHT_PREFIX
from bayescale.report.formats import interval, number, text
from bayescale.report.tables import Table, table_of
from bayescale.scaling.decisions.mixtures.choice import MixtureChoice


def mixture_table(choice: MixtureChoice) -> Table:
    """Format the recommended weights, their credible region and the gain.

    Parameters
    ----------
    choice : MixtureChoice
        The answer of `Fit.mixture`.

    Returns
    -------
    Table
        One row per domain.
    """
    row = choice.gain.iloc[0]
    title = (
        f"Best mixture for {choice.n_params:.3g} parameters, {choice.n_tokens:.3g} tokens: mean loss "
        f"{row['loss_median']:.4g}, {row['gain_median']:.3g} below the baseline's "
        f"({100 * row['better']:.0f} % likely better)"
    )
    columns = {
        "domain": text("domain"),
        "weight": number("recommended", ".3f"),
        f"best weight, {100 * choice.prob:.4g} %": interval("best"),
        "baseline": number("baseline", ".3f"),
        "note": text("flag"),
    }
    return table_of("mixture", choice.table, title, columns)


def proxies_table(choice: MixtureChoice) -> Table:
    """Format the next runs that would tell most about the best mixture.

    Parameters
    ----------
    choice : MixtureChoice
        The answer of `Fit.mixture`.

    Returns
    -------
    Table
        One row per run, best first.
    """
    title = "Next runs, of the size of the smallest ones, that would tell most about the best weights"
    weights = [name for name in choice.proxies.columns if name.startswith(WEIGHT_PREFIX)]
    columns = {name.removeprefix(WEIGHT_PREFIX): number(name, ".3f") for name in weights}
    return table_of("proxies", choice.proxies, title, {**columns, "variance explained": number("explained", ".0%")})
