"""The first page of a site: each model with its state, forecast, date and alerts."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from bayescale.core.text import count
from bayescale.report.elements import Section, Text
from bayescale.report.formats import text
from bayescale.report.maintained import MOST_EVENTS
from bayescale.report.site.forecasts import forecasts_of
from bayescale.report.site.model_page import alerts_table
from bayescale.report.site.page import SitePage, State
from bayescale.report.site.record import ModelRecord
from bayescale.report.tables import Table, table_of

STATES: Mapping[State, str] = {"failed": "FAILED", "warned": "look", "passed": "good"}  # worst first


def model_link(name: str) -> str:
    """Return the relative link of a model's page.

    Parameters
    ----------
    name : str
        The model.

    Returns
    -------
    str
        The link from the first page.
    """
    return f"{name}/index.html"


def index_page(records: Sequence[ModelRecord], title: str) -> SitePage:
    """Describe all models of a store.

    Parameters
    ----------
    records : sequence of ModelRecord
        The models.
    title : str
        Title of the page.

    Returns
    -------
    SitePage
        The page.
    """
    states = [record.state[0] for record in records]
    counts = {state: states.count(state) for state in STATES}
    state: State = next((state for state in STATES if counts[state]), "passed")
    sentences = {
        "failed": f"{count(counts['failed'], 'model')} of {len(records)} without a current posterior.",
        "warned": f"{count(counts['warned'], 'model')} of {len(records)} to look at.",
        "passed": f"{count(len(records), 'model')}: nothing to do.",
    }
    verdict = " ".join(sentences[name] for name in ("failed", "warned") if counts[name]) or sentences["passed"]
    sections = (
        Section("models", "Models", (_models(records),)),
        Section("alerts", "Latest alerts", (_alerts(records),)),
    )
    return SitePage(title, "", state, verdict, sections)


def _models(records: Sequence[ModelRecord]) -> Table | Text:
    if not records:
        return Text("models", ("The store has no model yet.",))
    rows = [
        {
            "model": record.name,
            "state": STATES[record.state[0]],
            "forecast": _forecast(record),
            "published": "" if record.current is None else f"{record.current.time:%Y-%m-%d %H:%M}",
            "version": "" if record.current is None else str(record.current.number),
            "alerts": str(len(record.alerts)),
            "sentence": record.state[1],
        }
        for record in records
    ]
    headings = {"model": "model", "state": "state", "current forecast": "forecast", "published (UTC)": "published"}
    headings |= {"version": "version", "alerts": "alerts", "what": "sentence"}
    columns = {heading: text(name) for heading, name in headings.items()}
    table = table_of("models", pd.DataFrame(rows), "Every maintained model", columns)
    return replace(table, links=tuple(model_link(record.name) for record in records))


def _forecast(record: ModelRecord) -> str:
    forecasts = () if record.current is None else forecasts_of(record.current)
    if not forecasts:
        return ""
    more = f" and {len(forecasts) - 1} more" if len(forecasts) > 1 else ""
    return f"{forecasts[0].text}: {forecasts[0].label}{more}"


def _alerts(records: Sequence[ModelRecord]) -> Table | Text:
    filled = [record.alerts for record in records if len(record.alerts)]
    if not filled:
        return alerts_table(pd.DataFrame())
    alerts = pd.concat(filled, ignore_index=True).sort_values("time", ascending=False, kind="stable").head(MOST_EVENTS)
    return alerts_table(alerts, [model_link(name) for name in alerts["model"]])
