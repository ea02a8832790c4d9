"""The page of a version, from its record: forecasts, checks, origin. The draws may have been deleted."""

from dataclasses import replace

from bayescale.maintenance.store.versions import Version
from bayescale.report.elements import Notes, Section
from bayescale.report.findings import state_of
from bayescale.report.maintained import card_of, lines_of, tables_of
from bayescale.report.site.page import SitePage, State

MOST_TABLE_ROWS = 60


def version_page(version: Version) -> SitePage:
    """Describe a version.

    Parameters
    ----------
    version : Version
        The version; it published a posterior.

    Returns
    -------
    SitePage
        The page.
    """
    checks = version.lineage.get("checks") or ()
    states = [state_of(row) for row in checks]
    state: State = "failed" if "failed" in states else "warned" if "warning" in states else "passed"
    counts = ", ".join(f"{states.count(name)} {name}" for name in dict.fromkeys(states)) or "not recorded"
    tables = {table.name: table for table in tables_of(version)}
    if "checks" in tables:
        quiet = tuple(place for place, name in enumerate(states) if name in ("passed", "informational"))
        tables["checks"] = replace(tables["checks"], folded=quiet)
    if "forecast" in tables:
        tables["forecast"] = replace(tables["forecast"], rows=tables["forecast"].rows[:MOST_TABLE_ROWS])
    head, *origin = lines_of(version)
    sections = (
        Section("forecast", "Forecast", tuple(tables[name] for name in ("forecast",) if name in tables)),
        Section("checks", "Checks", tuple(tables[name] for name in ("checks",) if name in tables)),
        Section("origin", "Origin", (Notes("origin", (head, *origin)),)),
    )
    claim = " ".join(str(card_of(version.lineage).get("claim", "")).split())
    title = f"{version.model}, version {version.number}"
    return SitePage(title, claim, state, f"Checks of the posterior: {counts}.", sections)
