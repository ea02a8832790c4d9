"""Outcomes of re-fits: their lines, exit codes and alerts."""

import pytest

from bayescale.maintenance.outcome import Outcome, alerts_of, exit_code


def test_the_head_names_version_and_path() -> None:
    outcome = Outcome("pile", "published", "3 rows were added", "re-weighted", 4, 1.25, drift=("run a8 fell outside",))
    assert outcome.head == "pile: published as version 4 (re-weighted), 1.2 s: 3 rows were added"
    assert outcome.lines == ("DRIFT run a8 fell outside",)


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (Outcome("pile", "unchanged", ""), 0),
        (Outcome("pile", "error", ""), 2),
        (Outcome("pile", "failed", ""), 3),
        (Outcome("pile", "published", "", drift=("x",)), 4),
        (Outcome("pile", "unchanged", "", drift=("x",)), 0),
    ],
)
def test_exit_codes_of_one_model(outcome: Outcome, code: int) -> None:
    assert outcome.exit_code == code
    assert exit_code([Outcome("other", "unchanged", ""), outcome]) == code


def test_alerts_are_of_failures_changes_and_drift() -> None:
    outcome = Outcome("pile", "failed", "R-hat 1.2", drift=("run a8",), upstream=("row 3 was deleted",))
    assert [(alert.kind, alert.message) for alert in alerts_of("pile", outcome)] == [
        ("failed", "R-hat 1.2"),
        ("changed", "row 3 was deleted"),
        ("drift", "run a8"),
    ]
    assert alerts_of("pile", Outcome("pile", "unchanged", "nothing changed")) == ()
