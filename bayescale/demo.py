"""Demonstration on shipped data: fit published losses of small models and forecast larger ones.

The fit uses Cerebras-GPT and Pythia models of at most 3e9 parameters. The losses of the larger models are known and
held back, so that the forecast can be compared with them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from bayescale.core.checks import Checks
from bayescale.core.paths import unwritable
from bayescale.data.reading import read_runs
from bayescale.errors import InputError
from bayescale.plots.wording import size_text
from bayescale.report.elements import Report
from bayescale.report.loss.content import loss_report
from bayescale.report.loss.forecast import compare
from bayescale.report.render.html import to_html
from bayescale.report.render.json import to_json
from bayescale.report.tables import as_csv
from bayescale.scaling.fit import fit
from bayescale.scaling.predict.forecast import Forecast
from bayescale.scaling.result import Fit

SOURCE = "example:pile"
CUT = 3e9
SEED = 20230404
PROB = 0.9
TITLE = "Pile loss of Cerebras-GPT and Pythia, forecast from models of at most 3B parameters"
CLAIM = (
    "This forecast uses the published losses of models of at most 3 billion parameters. It predicts the losses of the "
    "six larger Cerebras-GPT and Pythia models, which are known and were held back."
)
ONE_INPUT = (
    "Within a family, tokens do not vary independently of size (Pythia: the same tokens at every size; Cerebras-GPT: "
    "tokens in proportion to size). No family alone identifies both exponents; partial pooling shares them."
)


@dataclass(frozen=True)
class Demo:
    """The results of the demonstration.

    Attributes
    ----------
    fit : Fit
        The posterior.
    forecast : Forecast
        Forecast of the held-back models.
    actual : tuple of float
        Their published losses, in nats per token.
    checks : Checks
        Checks of the posterior.
    content : Report
        The report.
    """

    fit: Fit
    forecast: Forecast
    actual: tuple[float, ...]
    checks: Checks
    content: Report

    @property
    def compared(self) -> pd.DataFrame:
        """The table of the forecast beside the published losses."""
        return compare(self.forecast, self.actual)


def run(say: Callable[[str], None] = lambda message: None, progress: bool | None = None) -> Demo:
    """Fit the shipped runs up to 3e9 parameters and forecast the larger ones.

    Parameters
    ----------
    say : callable, optional
        Called with a line of text at each stage.
    progress : bool, optional
        Whether to show the progress of sampling. None: where standard error is a terminal.

    Returns
    -------
    Demo
        The results.
    """
    usable = read_runs(SOURCE).complete("n_tokens")
    training, held_back = usable.below("n_params", CUT)
    size = size_text(CUT)
    say(f"{len(training.table)} models up to {size} parameters; {len(held_back.table)} larger ones are held back.")
    say("Fitting the joint law with discrepancy ...")
    fitted = fit(training, random_seed=SEED, progress=progress)
    targets = held_back.table[["run", "family", "n_params", "n_tokens"]]
    actual = tuple(held_back.table["loss"].astype(float))
    say("Forecasting the held-back models, checking, writing the report ...")
    forecast = fitted.forecast(targets, PROB)
    checks = fitted.check(targets)
    content = loss_report(
        fitted, forecast, checks, title=TITLE, claim=CLAIM, actual=actual, notes=(ONE_INPUT, *prior_share(checks))
    )
    return Demo(fitted, forecast, actual, checks, content)


def prior_share(checks: Checks) -> tuple[str, ...]:
    """State which share of the forecast rests on the priors.

    Parameters
    ----------
    checks : Checks
        Checks of the posterior.

    Returns
    -------
    tuple of str
        One sentence.
    """
    share = checks.details["sensitivity"]["prior_share"]
    return (
        f"The priors account for {100 * share.min():.0f} to {100 * share.max():.0f} % of the power-scaling sensitivity "
        "of these forecasts; the data account for the rest.",
    )


FILES = ("report.html", "report.json", "forecast.csv", "posterior.nc")


def make_folder(folder: Path) -> None:
    """Create a folder where it is missing.

    Parameters
    ----------
    folder : pathlib.Path
        The folder.

    Raises
    ------
    InputError
        The folder cannot be created, or a file of the demonstration cannot be written to it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder} cannot be made ({error.strerror or error}); name another with --out") from error
    problems = [problem for name in FILES if (problem := unwritable(folder / name))]
    if problems:
        raise InputError(f"{folder}: the demo cannot write its files; name another folder with --out", problems)


def write(demo: Demo, folder: Path) -> dict[str, Path]:
    """Write report.html, report.json, forecast.csv and posterior.nc.

    Parameters
    ----------
    demo : Demo
        The results.
    folder : pathlib.Path
        The folder, created where it is missing.

    Returns
    -------
    dict of str to pathlib.Path
        The files by name.

    Raises
    ------
    InputError
        A text file cannot be written.
    StoredPosteriorError
        The posterior cannot be written.
    """
    make_folder(folder)
    texts = {
        "report.html": to_html(demo.content),
        "report.json": to_json(demo.content),
        "forecast.csv": as_csv(demo.compared),
    }
    try:
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{folder} cannot be written to ({error.strerror or error})") from error
    demo.fit.save(folder / "posterior.nc")
    return {name: folder / name for name in (*texts, "posterior.nc")}
