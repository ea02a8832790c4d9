"""The main job on the data in the wheel: published losses of small models in, a checked forecast of larger ones out.

The fit sees Cerebras-GPT and Pythia models of at most 3e9 parameters; what the larger ones really reached is known and
held back, so that the forecast can be held against it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from bayescale.core.checks import Checks
from bayescale.core.paths import unwritable
from bayescale.data.runs import read_runs
from bayescale.errors import InputError
from bayescale.plots.style import size_text
from bayescale.report.elements import Report
from bayescale.report.loss.content import loss_report
from bayescale.report.loss.forecast import compare
from bayescale.report.render.html import to_html
from bayescale.report.render.json import to_json
from bayescale.report.tables import as_csv
from bayescale.scaling.fit import fit
from bayescale.scaling.predict.forecast import Forecast
from bayescale.scaling.result import Fit
from bayescale.scaling.sampling.sampler import Sampler

SOURCE = "example:pile"
CUT = 3e9
SEED = 20230404
PROB = 0.9
#: With 5 or 6 runs a family much rests on the priors, and such a posterior takes long chains of small steps.
SAMPLER = Sampler(draws=2500, tune=800, target_accept=0.97)
TITLE = "Pile loss of Cerebras-GPT and Pythia, forecast from models of at most 3B parameters"
CLAIM = (
    "Trained on the published losses of models of at most 3 billion parameters, this forecast says where the losses of "
    "the six larger Cerebras-GPT and Pythia models lie. Those are known, and were held back."
)
ONE_INPUT = (
    "Within a family one input hardly moves by itself (Pythia: the same tokens at every size; Cerebras-GPT: tokens in "
    "proportion to size), so no family alone tells both exponents apart: families share them by partial pooling."
)


@dataclass(frozen=True)
class Demo:
    """What the demo found: the fit, the forecast, what the held-back models reached, and the report."""

    fit: Fit
    forecast: Forecast
    actual: tuple[float, ...]
    checks: Checks
    content: Report

    @property
    def compared(self) -> pd.DataFrame:
        """The forecast's table beside what the models reached."""
        return compare(self.forecast, self.actual)


def run(say: Callable[[str], None] = lambda message: None, progress: bool | None = None) -> Demo:
    """Fit the shipped runs up to 3e9 parameters and forecast the larger ones; `say` hears what is going on."""
    usable = read_runs(SOURCE).complete("n_tokens")
    training, held_back = usable.below("n_params", CUT)
    size = size_text(CUT)
    say(f"{len(training.table)} models up to {size} parameters; {len(held_back.table)} larger ones are held back.")
    say("Fitting the joint law with discrepancy ...")
    fitted = fit(training, sampler=SAMPLER, random_seed=SEED, progress=progress)
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
    """How much of the forecast rests on the priors, in a sentence."""
    found = checks.details["sensitivity"]["prior_share"]
    return (
        f"The priors make {100 * found.min():.0f} to {100 * found.max():.0f} % of what moves these forecasts "
        "(power-scaling sensitivity); the data make the rest.",
    )


FILES = ("report.html", "report.json", "forecast.csv", "posterior.nc")


def make_folder(folder: Path) -> None:
    """Make `folder` where it is missing. Raises InputError where that, or writing the demo's files, cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder} cannot be made ({error.strerror or error}); name another with --out") from error
    problems = [problem for name in FILES if (problem := unwritable(folder / name))]
    if problems:
        raise InputError(f"{folder}: the demo cannot write its files; name another folder with --out", problems)


def write(demo: Demo, folder: Path) -> dict[str, Path]:
    """Write report.html, report.json, forecast.csv and posterior.nc into `folder`, which is made where it is missing.

    Raises InputError or StoredPosteriorError where the folder cannot be written to.
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
