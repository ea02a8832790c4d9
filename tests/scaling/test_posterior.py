"""Posteriors that are read once: how often a call parses a tree, and what a stack shares with its members."""

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest

from bayescale.core import serialization
from bayescale.errors import InputError, StoredPosteriorError
from bayescale.report.loss.content import loss_report
from bayescale.scaling import posterior as module
from bayescale.scaling.decisions.allocation import allocate
from bayescale.scaling.evaluation.interval_inflation import Widening
from bayescale.scaling.posterior import FittedLaws, Posterior
from bayescale.scaling.posterior_tree import design_from_tree
from bayescale.scaling.result import Fit
from tests.scaling.decisions.decision_cases import fewer, stack

TARGETS = [{"family": "a", "n_params": 1e10, "n_tokens": 2e11}, {"n_params": 1e10, "n_tokens": 1e11}]

CALLS: dict[str, Callable[[Fit], object]] = {
    "forecast": lambda fit: fit.forecast(TARGETS).below(2.0),
    "check": lambda fit: fit.check(TARGETS),
    "summary": lambda fit: (fit.summary(), fit.notes, repr(fit)),
    "compare": lambda fit: fit.compare(TARGETS[0], TARGETS[1]),
    "crossover": lambda fit: fit.crossover("a", "b", low=1e18, high=1e24),
    "trend": lambda fit: fit.trend("n_params", 1e7, 1e11, at={"n_tokens": 1e10}),
    "allocate": lambda fit: fit.allocate(1e21),
    "required": lambda fit: fit.required(2.0, family="a"),
    "isoflop": lambda fit: fit.isoflop([1e20, 1e22], family="a"),
    "overtraining": lambda fit: fit.overtraining(n_params=1e9, n_tokens=1e12),
    "plan": lambda fit: fit.plan(TARGETS, TARGETS),
}


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often a tree is parsed and an attribute read, from now on."""
    counts: Counter[str] = Counter()

    def counted[**P, R](name: str, function: Callable[P, R]) -> Callable[P, R]:
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            counts[name] += 1
            return function(*args, **kwargs)

        return call

    monkeypatch.setattr(module, "design_from_tree", counted("parses", module.design_from_tree))
    monkeypatch.setattr(serialization, "strict_json", counted("attributes", serialization.strict_json))
    return counts


@pytest.fixture(scope="module")
def both(plain_fit: Fit, joint_fit: Fit) -> Fit:
    """A stack of two laws, of few draws."""
    members = {"chinchilla": fewer(plain_fit, 100), "joint": fewer(joint_fit, 100)}
    return stack(members, {"chinchilla": 0.4, "joint": 0.6})


@pytest.mark.parametrize("name", CALLS)
def test_a_call_parses_the_tree_once(plain_fit: Fit, reads: Counter[str], name: str) -> None:
    fit = Fit(fewer(plain_fit, 50).tree)
    CALLS[name](fit)
    assert reads["parses"] == 1
    assert reads["attributes"] <= 4  # schema, spec, notes, predictive seed
    reads.clear()
    CALLS[name](fit)
    assert not reads


@pytest.mark.parametrize("name", ["forecast", "allocate", "isoflop"])
def test_a_call_parses_each_member_of_a_stack_once(both: Fit, reads: Counter[str], name: str) -> None:
    fit = Fit(both.tree)
    CALLS[name](fit)
    assert reads["parses"] == 2


def test_a_report_parses_once_and_reads_ten_attributes(joint_fit: Fit, reads: Counter[str]) -> None:
    fit = Fit(fewer(joint_fit, 100).tree)
    report = loss_report(fit, fit.forecast(TARGETS), fit.check(TARGETS), title="A report")
    assert report.title == "A report"
    assert reads["parses"] == 1
    assert reads["attributes"] <= 10


def test_a_posterior_holds_its_tree(joint_fit: Fit) -> None:
    posterior = Posterior(joint_fit.tree)
    assert posterior.law == design_from_tree(joint_fit.tree).spec.law
    assert posterior.notes == joint_fit.notes
    assert posterior.n_draws == joint_fit.tree["posterior"]["alpha"][:, :, 0].size
    natural = posterior.functions.natural["alpha"]
    np.testing.assert_array_equal(natural[..., :2], joint_fit.tree["posterior"]["alpha"])
    assert posterior.attribute("random_seed") == 1
    with pytest.raises(StoredPosteriorError, match="'nothing'"):
        posterior.attribute("nothing")


def test_members_share_the_posteriors_of_a_stack(both: Fit) -> None:
    assert [*both.members] == [*both.posteriors] == ["chinchilla", "joint"]
    for name, member in both.members.items():
        assert isinstance(member, Fit)
        assert member.posterior is both.posteriors[name]
        assert member.members == {name: member}
    assert both.inputs == ("n_params", "n_tokens")
    assert both.mixture_weights == {"chinchilla": 0.4, "joint": 0.6}
    with pytest.raises(InputError, match="stack of chinchilla, joint"):
        both.law  # noqa: B018


def test_widenings_of_a_stack_are_noted_by_law(both: Fit) -> None:
    wide = both.widened({"joint": Widening(1.5, 0.9, 0.4, 10)})
    assert [name for name, posterior in wide.posteriors.items() if posterior.widening] == ["joint"]
    assert wide.notes[0].startswith("joint: intervals beyond the data are widened 1.5x")
    assert not any("widened" in note for note in wide.widened({}).notes)


def test_methods_of_a_fit_are_the_functions_of_decisions(plain_fit: Fit) -> None:
    method = plain_fit.allocate(1e21, family="a").table
    assert Fit.allocate.__doc__ == allocate.__doc__
    assert method.equals(allocate(FittedLaws(plain_fit.tree), 1e21, family="a").table)
    with pytest.raises(InputError, match=r"Fit\.allocate: prob='x'"):
        plain_fit.allocate(1e21, prob="x")  # type: ignore[arg-type]
