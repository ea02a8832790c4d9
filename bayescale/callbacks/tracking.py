"""The outlook of a run under way: its evaluations are added to a fit by re-weighting, and its end is forecast."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from bayescale.core.arguments import checked
from bayescale.core.summary import require_prob
from bayescale.data.reading import read_runs
from bayescale.data.runs import Runs
from bayescale.errors import BayescaleError, InputError
from bayescale.scaling.predict.added_rows import Refused
from bayescale.scaling.predict.reweight import reweighted
from bayescale.scaling.result import Fit

__all__ = ["Outlook", "RunTracker"]


@checked
@dataclass(frozen=True)
class Outlook:
    """The end of a run as forecast from its evaluations so far.

    Parameters
    ----------
    at : float
        Amount of data at the last evaluation.
    loss : float
        The last loss, as evaluated.
    probability : float
        Probability that the run ends below the threshold.
    median, lower, upper : float
        Median and interval of the loss at the end.
    evaluations : int
        Number of evaluations that the posterior contains: those of the last update that succeeded.
    note : str
        Why the posterior does not contain the last evaluation; "" where it does.
    """

    at: float
    loss: float
    probability: float
    median: float
    lower: float
    upper: float
    evaluations: int
    note: str = ""


@checked
class RunTracker:
    """A run under way and the posterior of the runs before it.

    Every evaluation starts from the sampled posterior, which is re-weighted for all evaluations of the run together.
    Where the runs of the fit have one row each, the posterior has no draws of the noise along a run: then only the last
    evaluation counts, as if the run had ended there. With a learning rate that still decays, such a loss is too high.

    Parameters
    ----------
    fit : Fit
        A fit of one law.
    runs : Runs, table or path
        The table that was fitted.
    run, family : str
        Name of the run, and its family: one of the fit.
    inputs : mapping of str to float
        Inputs of the law that stay, such as {"n_params": 7e9}.
    end : float
        Value of `along` at the end of training.
    threshold : float
        The loss to reach.
    along : str, default "n_tokens"
        The input that grows with training.
    prob : float, default 0.9
        Probability of the interval.

    Raises
    ------
    InputError
        The fit is a stack, or the end of the run cannot be forecast.
    """

    def __init__(
        self,
        fit: Fit,
        runs: object,
        *,
        run: str,
        family: str,
        inputs: Mapping[str, float],
        end: float,
        threshold: float,
        along: str = "n_tokens",
        prob: float = 0.9,
    ) -> None:
        require_prob(prob)
        if fit.is_stack:
            raise InputError(f"this fit is a stack of {', '.join(fit.laws)}: track a run with one of fit.members")
        if along in inputs:
            raise InputError(f"inputs={dict(inputs)!r} names {along!r}, which grows with training: leave it out")
        self._fit, self._along, self._threshold, self._prob = fit, along, threshold, prob
        self._runs: Runs = runs if isinstance(runs, Runs) else read_runs(runs, response=fit.response)
        self._row = {"run": run, fit.posterior.design.spec.family or "family": family, **inputs}
        self._target = {"family": family, **inputs, along: end}
        self._evaluations: list[tuple[float, float]] = []
        self._current, self._counted = fit, 0  # the last posterior that could be updated, and its evaluations
        fit.forecast([self._target], prob).below(
            threshold
        )  # raises for what cannot be forecast, before training starts

    def observe(self, at: float, loss: float) -> Outlook:
        """Add an evaluation, and forecast the end of the run.

        Parameters
        ----------
        at : float
            Value of `along` at the evaluation.
        loss : float
            The loss, in the unit of the fit.

        Returns
        -------
        Outlook
            The forecast. Nothing is raised for a loss that cannot be used: `note` says why it was left out.
        """
        if not (math.isfinite(loss) and math.isfinite(at) and at > 0):
            return self._outlook(at, loss, f"an evaluation that is no finite number was left out: {loss}")
        self._evaluations = [pair for pair in self._evaluations if pair[0] < at] + [(at, loss)]  # after a restart
        design = self._fit.posterior.design
        counted = self._evaluations if len(design.row) > len(design.runs) else self._evaluations[-1:]
        try:
            result = reweighted(self._fit.posterior, self._longer(counted))
        except BayescaleError as error:
            return self._outlook(at, loss, f"not updated: {str(error).splitlines()[0]}")
        if isinstance(result, Refused):
            return self._outlook(at, loss, f"not updated, a re-fit is needed: {result.reason}")
        self._current, self._counted = Fit(result.tree), len(counted)
        return self._outlook(at, loss, "")

    def _longer(self, evaluations: list[tuple[float, float]]) -> Runs:
        """The fitted table with the rows of the run."""
        response = self._fit.response
        rows = [{**self._row, self._along: at, response: loss} for at, loss in evaluations]
        table = self._runs.table.drop(columns="row", errors="ignore")
        return read_runs(pd.concat([table, pd.DataFrame(rows)], ignore_index=True), response=response)

    def _outlook(self, at: float, loss: float, note: str) -> Outlook:
        """The end of the run by the last posterior that could be updated."""
        target = {**self._target, "run": self._row["run"]} if self._counted else self._target
        forecast = self._current.forecast([target], self._prob)
        row = forecast.table.iloc[0]
        probability = float(forecast.below(self._threshold)["run_below"].iloc[0])
        median, lower, upper = (float(row[f"run_{name}"]) for name in ("median", "lower", "upper"))
        return Outlook(at, loss, probability, median, lower, upper, self._counted, note)

    def sentence(self, outlook: Outlook) -> str:
        """Write an outlook as one line.

        Parameters
        ----------
        outlook : Outlook
            The outlook.

        Returns
        -------
        str
            Probability, interval and note.
        """
        text = (
            f"{self._along} {outlook.at:.3g}, {self._fit.response} {outlook.loss:.4g}: "
            f"P(end < {self._threshold:g}) = {100 * outlook.probability:.0f} %, end {outlook.median:.4g} "
            f"({100 * self._prob:g} % interval {outlook.lower:.4g} to {outlook.upper:.4g})"
        )
        return f"{text}; {outlook.note}" if outlook.note else text
