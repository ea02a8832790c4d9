"""A published forecast, written back to a run of Weights & Biases: its numbers in the summary, its figure as a file."""

import tempfile
from pathlib import Path
from typing import Any

from bayescale.core.arguments import checked
from bayescale.data.sources.services.wandb_project import client
from bayescale.errors import InputError
from bayescale.report.tables import records_of
from bayescale.scaling.result import Fit

KEY = "bayescale"  # in the summary, and the folder of the figure
FIGURE = f"{KEY}/forecast.png"


@checked
def log_forecast(
    fit: Fit, targets: object, run: str, *, prob: float = 0.9, url: str = "", key: str = "", timeout: float = 60.0
) -> dict[str, Any]:
    """Write a forecast and its figure to a run of Weights & Biases (extra `wandb`).

    The summary of the run gets `bayescale`: law, response, digest of the data, probability of the intervals, and one
    record per target. The figure of the forecast is the run's file bayescale/forecast.png. A second call replaces both.

    Parameters
    ----------
    fit : Fit
        The posterior.
    targets : mapping, sequence of mapping, or table
        What `Fit.forecast` takes.
    run : str
        "ENTITY/PROJECT/RUN", with the id of the run.
    prob : float, default 0.9
        Probability of the intervals.
    url : str, default ""
        Address of the server; by default that of the environment.
    key : str, default ""
        API key, as "${WANDB_API_KEY}"; by default what the client finds.
    timeout : float, default 60
        Seconds for each answer of the server.

    Returns
    -------
    dict of str to Any
        What the summary holds under `bayescale`.

    Raises
    ------
    InputError
        If the run or a target cannot be used, or the client is not installed.
    SourceError
        If the server cannot be reached, refuses, or has no such run.
    """
    from bayescale.plots.law import plot_forecast

    if run.count("/") != 2 or not all(run.split("/")):
        raise InputError(f"run={run!r} must be 'ENTITY/PROJECT/RUN', with the id of the run")
    forecast = fit.forecast(targets, prob)
    content: dict[str, Any] = {
        "response": fit.response,
        "prob": prob,
        "digest": str(fit.tree.attrs.get("digest", "")),
        "forecast": [dict(record) for record in records_of(forecast.table)],
    }
    figure = plot_forecast(fit, forecast)
    server = client(url, key, timeout)
    with tempfile.TemporaryDirectory(prefix="bayescale-") as folder:
        path = Path(folder, FIGURE)
        path.parent.mkdir()
        figure.savefig(path)

        def write() -> None:
            tracked = server.api.run(run)
            tracked.summary[KEY] = content
            tracked.summary.update()
            tracked.upload_file(str(path), root=folder)

        server.call(write)
    return content
