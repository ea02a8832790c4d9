"""Tables of families compared along one input."""

from bayescale.plots import wording
from bayescale.report.formats import Format, factor, interval, number, share, text
from bayescale.report.loss.decisions import size, sizes, times
from bayescale.report.tables import Table, table_of
from bayescale.scaling.decisions.families.comparison import FamilyComparison


def family_tables(comparison: FamilyComparison, response: str) -> tuple[Table, Table]:
    """Format the asymptotes and efficiencies of families, and their comparison in pairs.

    Parameters
    ----------
    comparison : FamilyComparison
        The answer of `Fit.compare_families`.
    response : str
        Name of the response.

    Returns
    -------
    tuple of Table
        One row per family, and one row per pair.
    """
    level, along = f"{100 * comparison.prob:.4g} %", comparison.along
    families: dict[str, Format] = {
        "family": text("family"),
        "asymptote": number("asymptote_median"),
        f"asymptote, {level}": interval("asymptote"),
        "best": share("best"),
        f"half at {along}": size("half_median"),
        f"half, {level}": sizes("half"),
        "exponent": number("exponent_median", ".3g"),
        f"exponent, {level}": _if_any("exponent", interval("exponent")),
    }
    if comparison.table["flag"].ne("").any():
        families |= {"flag": text("flag")}
    ends = [wording.size_text(comparison.pairs[name].iloc[0]) for name in ("low", "high")]
    pairs: dict[str, Format] = {
        "a": text("family_a"),
        "b": text("family_b"),
        "a: better asymptote": share("asymptote_better"),
        "half earlier": share("half_lower"),
        "half, b over a": times("half_ratio_median"),
        f"a ahead at {ends[0]}": share("a_ahead_low"),
        f"at {ends[1]}": share("a_ahead_high"),
        "no crossing": share("none"),
        f"first crossing, {level}": _if_any("crossing", sizes("crossing")),
        "beyond the data": factor("extrapolation"),
    }
    if comparison.pairs["flag"].ne("").any():
        pairs |= {"flag": text("flag")}
    return (
        table_of("families", comparison.table, f"{response} of families along {along}", families),
        table_of("pairs", comparison.pairs, "Families in pairs", pairs),
    )


def _if_any(name: str, written: Format) -> Format:
    """A format that leaves the cell blank where there is no median."""
    return lambda row: "" if row[f"{name}_median"] is None else written(row)
