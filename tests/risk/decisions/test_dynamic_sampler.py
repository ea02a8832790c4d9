"""The ask-tell interface of dynamic sampling."""

import pandas as pd
import pytest

from bayescale.errors import InputError
from bayescale.risk.decisions.dynamic_sampler import DynamicSampler
from bayescale.risk.decisions.dynamic_sampling import RULES
from bayescale.risk.fit import fit_risk


@pytest.mark.parametrize("rule", RULES)
def test_ask_tries_every_problem_first(rule: str) -> None:
    sampler = DynamicSampler(["a", "b", "c", "d"], k=100, rule=rule, mixing="beta")
    assert sampler.ask(3) == {"a": 1, "b": 1, "c": 1}
    for name in "abcd":
        sampler.tell(name, attempts=20, successes=0 if name in "ab" else 15)
    asked = sampler.ask(30)
    assert sum(asked.values()) == 30
    assert asked["a"] + asked["b"] > 25
    assert sampler.trials["attempts"].to_list() == [20] * 4
    assert fit_risk(sampler.trials, [], mixing="beta", random_seed=1).groups["attempts"].iloc[0] == 80


def test_tell_changes_the_next_ask() -> None:
    sampler = DynamicSampler(["a", "b", "c"], k=1000, rule="fewest_successes")
    assert sampler.ask(4) == {"a": 2, "b": 1, "c": 1}
    sampler.tell("a", attempts=2, successes=1)
    assert sampler.ask(2) == {"b": 1, "c": 1}
    sampler.tell("b", successes=1)
    sampler.tell("c", successes=0)
    assert sampler.ask() == {"c": 1}


def test_sampler_starts_from_counts() -> None:
    counts = pd.DataFrame({"problem": ["x", "y"], "attempts": [9, 9], "successes": [0, 4]})
    sampler = DynamicSampler(counts, k=10, rule="fewest_successes")
    assert sampler.ask(2) == {"x": 2}
    pd.testing.assert_frame_equal(sampler.trials, counts, check_dtype=False)


def test_bad_input_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        DynamicSampler(["a"], k=0, rule="greedy")
    assert len(caught.value.problems) == 2
    with pytest.raises(InputError, match="named twice: a"):
        DynamicSampler(["a", "b", "a"], k=10)
    with pytest.raises(InputError, match="name at least one"):
        DynamicSampler([], k=10)
    sampler = DynamicSampler(["a"], k=10)
    with pytest.raises(InputError, match="there is no problem 'z'"):
        sampler.tell("z", successes=0)
    with pytest.raises(InputError, match="more than the 1 attempts"):
        sampler.tell("a", successes=2)
    with pytest.raises(InputError, match="successes=-1"):
        sampler.tell("a", successes=-1)
    with pytest.raises(InputError, match=r"attempts=1\.5"):
        sampler.ask(1.5)  # type: ignore[arg-type]
