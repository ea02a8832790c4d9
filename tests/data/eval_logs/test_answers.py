"""Scores of several answers: a mean counts as many attempts, one verdict on all answers counts as none."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayescale.data.eval_logs.answers import answers_apart, answers_per_verdict
from bayescale.data.eval_logs.samples import Sample
from bayescale.data.trials import Trials, read_trials
from bayescale.errors import InputError
from tests.data.eval_logs.log_files import refused, repeated_log


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("pass@64", 64),
        ("pass^8", 8),
        ("pass_at_10,none", 10),
        ("best-of-8", 8),
        ("pass@1", 1),
        ("acc", 1),
        ("top@5", 1),
    ],
)
def test_answers_on_which_a_score_is_one_verdict(name: str, number: int) -> None:
    assert answers_per_verdict(name) == number


@given(st.lists(st.integers(1, 9).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))), min_size=1, max_size=6))
def test_means_become_as_many_attempts_as_there_are_answers(counts: list[tuple[int, int]]) -> None:
    samples = [
        Sample("log", "", {}, str(place), "a", {"pass@1": successes / answers}, answers=answers)
        for place, (answers, successes) in enumerate(counts)
    ]
    attempts, _ = answers_apart(samples, "pass@1", "C", "log")
    for place, (answers, successes) in enumerate(counts):
        scores = [sample.scores["pass@1"] for sample in attempts if sample.problem == str(place)]
        assert (len(scores), sum(scores)) == (answers, successes)
    identities = [(sample.problem, sample.attempt) for sample in attempts]
    assert len(set(identities)) == len(identities)


def counted(trials: Trials) -> list[list[int]]:
    return trials.table[["attempts", "successes"]].to_numpy().tolist()


@pytest.mark.parametrize("metric", ["exact_match", "acc", "pass@1"])
def test_a_mean_over_repeats_is_as_many_attempts(tmp_path: Path, metric: str) -> None:
    trials = read_trials(repeated_log(tmp_path, [0, 0.25, 0.5, 1.0], metric, 4))
    assert counted(trials) == [[4, 0], [4, 1], [4, 2], [4, 4]]
    assert any("means over 4 answers a document" in note for note in trials.notes)
    refusals = read_trials(repeated_log(tmp_path, [0, 0.25, 0.5, 1.0], metric, 4), success="I")
    assert counted(refusals) == [[4, 4], [4, 3], [4, 2], [4, 0]]
    refused(repeated_log(tmp_path, [0, 0.25], metric, 4), "means over 4 answers", success=0.5)


def test_a_score_of_several_answers_that_is_no_count_is_refused(tmp_path: Path) -> None:
    message = refused(repeated_log(tmp_path, [0.3, 0.25], "f1", 4), "not a whole number of successes")
    assert "success=0.5" not in message


@pytest.mark.parametrize("metric", ["pass@64", "pass_at_10", "best@8", "pass^4"])
def test_one_verdict_on_many_answers_is_no_attempt(tmp_path: Path, metric: str) -> None:
    refused(repeated_log(tmp_path, [0, 1], metric, 64), "is one verdict on", "scorer=")
    table = pd.DataFrame({"problem": ["p", "q"], metric: [0, 1]})
    refused(table, "is one verdict on", rename={metric: "success"})


def test_pass_at_1_whose_scores_are_whole_is_a_mean_all_the_same(tmp_path: Path) -> None:
    assert counted(read_trials(repeated_log(tmp_path, [0.0, 1.0], "pass@1", 64))) == [[64, 0], [64, 64]]


@pytest.mark.parametrize("name", ["best_of_8", "best-of-8"])
def test_the_best_of_several_answers_is_no_attempt(name: str) -> None:
    with pytest.raises(InputError, match="is one verdict on"):
        read_trials(pd.DataFrame({"problem": list("ab"), name: [0, 1]}), rename={name: "success"})
