"""Evaluation logs: each sample and epoch an attempt, and no score guessed to be a success."""

from pathlib import Path
from typing import Any

import pytest

from bayescale.data.eval_logs import scores
from tests.data.eval_logs.log_files import DATES, document, harness, refused


@pytest.mark.parametrize(
    ("score", "as_c", "as_i", "at_half"),
    [
        ("C", True, False, True),
        ("I", False, True, False),
        ("N", False, False, False),
        (True, True, False, True),
        (False, False, True, False),
        (1, True, False, True),
        (0.0, False, True, False),
        ("1", True, False, True),
        ("0.0", False, True, False),
        ("yes", True, False, True),
        ("False", False, True, False),
        (None, None, None, None),
        (float("nan"), None, None, None),
        ("P", ValueError, ValueError, True),
        (0.5, ValueError, ValueError, True),
        (0.49, ValueError, ValueError, False),
        (7, ValueError, ValueError, True),
        ("0.7", ValueError, ValueError, True),
        ("refusal", ValueError, ValueError, ValueError),
        ([1, 0], ValueError, ValueError, ValueError),
    ],
)
def test_what_a_score_means(score: Any, as_c: Any, as_i: Any, at_half: Any) -> None:
    for wanted, verdict in (("C", as_c), ("I", as_i), (0.5, at_half)):
        if verdict is ValueError:
            with pytest.raises(ValueError, match=r"success=0\.5|name another scorer"):
                scores._verdict(score, wanted)
        else:
            assert scores._verdict(score, wanted) is verdict


@pytest.mark.parametrize("success", ["P", "correct", float("nan"), float("inf")])
def test_what_success_may_be(tmp_path: Path, success: Any) -> None:
    path = harness(tmp_path, [document(0, acc=1.0)], DATES[0], model="m")
    refused(path, f'success={success!r}: give "C" (graded correct)', success=success)


def test_success_is_no_truth_value(tmp_path: Path) -> None:
    path = harness(tmp_path, [document(0, acc=1.0)], DATES[0], model="m")
    refused(path, "success=True must be text or a number or None", success=True)
