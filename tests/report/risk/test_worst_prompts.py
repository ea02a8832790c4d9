"""The highest success rate among many new prompts."""

import numpy as np
import pytest

from bayescale.report.risk.worst_prompts import worst_of_new, worst_rate
from bayescale.risk.predict.problem_rates import mean_rates
from bayescale.risk.result import Risk
from tests.report.risk.conftest import fitted_to
from tests.risk.simulation import trials


def test_mean_rates_lie_between_counts_and_population(risk: Risk) -> None:
    problems = risk.problems
    in_group = problems.group == 0
    rates, seen = mean_rates(risk, 0), problems.successes[in_group] / problems.attempts[in_group]
    assert ((rates > 0) & (rates < 1)).all()
    assert rates == pytest.approx(seen, abs=0.03)
    assert rates[seen.argmax()] < seen.max()
    assert (rates[seen == 0] > 0).all()


def test_worst_rate_is_that_of_the_highest_of_many(risk: Risk) -> None:
    """Against Beta draws of the same posterior."""
    posterior = risk.tree["posterior"].isel(chain=0, group=0)
    rng = np.random.default_rng(3)
    shape = (len(posterior["draw"]), 400)
    rates = rng.beta(posterior["a"].to_numpy()[:, None], posterior["b"].to_numpy()[:, None], shape).max(axis=1)
    median, lower, upper = worst_rate(risk, 0, 400, 0.9)
    assert (median, lower, upper) == pytest.approx(tuple(np.quantile(rates, [0.5, 0.05, 0.95])), rel=0.06)


def test_the_worst_of_many_needs_ten_broken_prompts(risk: Risk, extremes: Risk) -> None:
    table = trials({"a": (0.4, 6.0)}, prompts=30)
    table.loc[table["successes"].gt(0).cumsum() > 6, "successes"] = 0
    few_broken = fitted_to(table)
    assert few_broken.groups["broken"].iloc[0] == 6
    assert worst_of_new(few_broken, 0.9)[0].empty
    table, _ = worst_of_new(risk, 0.9)
    assert len(table) == 2
    assert (table["prompts"] == 400).all()
    found, notes = worst_of_new(extremes, 0.9)
    assert "none" not in set(found.get("model", []))
    assert "one" not in set(found.get("model", []))
    assert len(found) + len(notes) >= 1  # every attempt succeeded: a tail, or why there is none
