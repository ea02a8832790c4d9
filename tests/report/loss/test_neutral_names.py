"""A redacted report of losses: no name of a family, run or file anywhere, and every number as it was."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest

from bayescale.core.notes import Note, as_note
from bayescale.core.serialization import frozen
from bayescale.data.reading import read_runs
from bayescale.maintenance.store.versions import Version
from bayescale.report.elements import Notes, Report, Text
from bayescale.report.loss.content import loss_report
from bayescale.report.loss.neutral_names import hidden_fit, hidden_ledger, hidden_message
from bayescale.report.names import Names, names_of
from bayescale.report.render.html import to_html
from bayescale.report.render.json import to_json
from bayescale.report.render.markdown import to_markdown
from bayescale.report.tables import Table
from bayescale.scaling.evaluation.backtest import Backtest
from bayescale.scaling.model.design import make_design
from bayescale.scaling.model.spec import Spec
from bayescale.scaling.posterior_tree import design_from_tree, to_tree
from bayescale.scaling.result import Fit
from bayescale.scaling.sampling.sampler import Sampler
from bayescale.scaling_laws.registry import law
from tests.conftest import MadeUp
from tests.plots.forecast_logs import made_ledger
from tests.report.conftest import made_backtest, made_runs

SECRETS = ("zebra", "okapi", "gnu", "lemur")
FAMILIES = ("zebra-secret", "okapi")  # in the order of the table, which is not the alphabet's
TARGETS = [
    {"name": "plain", "family": "zebra-secret", "run": "lemur-next", "n_params": 1e10, "n_tokens": 2e11},
    {"name": "Okapi at last", "family": "okapi", "run": "", "n_params": 2e10, "n_tokens": 4e11},
    {"name": "unseen", "family": None, "run": "", "n_params": 2e10, "n_tokens": 4e11},
]
NOTES = (
    "okapi was trained on other data",
    Note("excluded", "3 rows left out (rows 1, 2 and 3): gnu-99 diverged", ("gnu-99",)),
    Note("zero_response", "loss is 0 in row 3: a law on the log scale cannot use these rows."),
    Note("family_with_other_data", "okapi and gnu-3 have other tokenizers", ("okapi", "gnu-3")),
)
RENDERED: tuple[Callable[[Report], str], ...] = (to_html, to_markdown, to_json)


@pytest.fixture(scope="module")
def named(made_up: MadeUp) -> Fit:
    """Made-up draws of a fit with notes on its families, one of them from a file of an earlier release."""
    runs = made_runs()
    runs["family"] = runs["family"].map(dict(zip(runs["family"].unique(), FAMILIES, strict=True)))
    runs["run"] = [f"gnu-{number}" for number in runs.index]
    runs.loc[runs["family"] == "okapi", "n_params"] = 5e8
    table = read_runs(runs)
    design = make_design(table, Spec(law("chinchilla"), discrepancy=False, noise="constant"))
    tree = to_tree(design, made_up(design), Sampler(), 11, source=table.source, digest=table.digest)
    notes = [Note("constant_input", "n_params is constant within okapi", ("okapi",)), "okapi is odd"]
    tree.attrs = {**tree.attrs, **frozen({"notes": notes})}
    return Fit(tree)


@pytest.fixture(scope="module")
def tested() -> Backtest:
    return made_backtest((*FAMILIES, "lemur-family"), [1e20, 1e21], known=("zebra-secret", "lemur-family"))


def written(named: Fit, tested: Backtest, redact: bool) -> Report:
    forecast = named.forecast(TARGETS)
    return loss_report(
        named,
        forecast,
        named.check(TARGETS),
        title="zebra-secret and others",
        claim="What okapi will reach.",
        actual=[2.1, 2.0, 2.0],
        backtest=tested,
        notes=NOTES,
        redact=redact,
    )


@pytest.fixture(scope="module")
def reports(named: Fit, tested: Backtest) -> tuple[Report, Report]:
    return written(named, tested, False), written(named, tested, True)


def test_no_name_is_left_in_a_redacted_report(reports: tuple[Report, Report]) -> None:
    plain, redacted = ([as_text(one).lower() for as_text in RENDERED] for one in reports)
    for secret in SECRETS:
        assert secret in "".join(plain)
        assert not [text for text in redacted if secret in text]
    for given, hidden in zip(plain, redacted, strict=True):
        assert "family 1" in hidden
        assert "this report is redacted" in hidden
        assert "okapi" in given
        assert "this report is redacted" not in given


def test_redaction_keeps_all_numbers(reports: tuple[Report, Report]) -> None:
    plain, redacted = (json.loads(to_json(report)) for report in reports)
    assert plain.keys() == redacted.keys()
    for name in ("forecast", "parameters", "common", "data", "checks", "backtest"):
        given, hidden = (pd.DataFrame(one[name]) for one in (plain, redacted))
        if "family" in given:
            given["family"] = given["family"].replace({"zebra-secret": "family 1", "okapi": "family 2"})
            given, hidden = (one.sort_values("family", kind="stable", ignore_index=True) for one in (given, hidden))
        words = [column for column in given if column in ("run", "name", "meaning")]
        pd.testing.assert_frame_equal(given.drop(columns=words), hidden.drop(columns=words))
    assert plain["lineage"] == {**redacted["lineage"], "data": plain["lineage"]["data"]}


def test_a_redacted_report_states_what_it_leaves_out(reports: tuple[Report, Report]) -> None:
    _, redacted = reports
    (words,) = redacted.part(Text, "redacted").paragraphs
    assert "the names of 3 families and 18 runs" in words
    notes = redacted.part(Notes, "notes").items
    assert "loss is 0 in row 3: a law on the log scale cannot use these rows." in notes
    assert "n_params is constant within family 2" in notes
    assert "family 2 and run 4 have other tokenizers" in notes
    assert [as_note(note).code for note in notes] == [
        "constant_input",
        "zero_response",
        "family_with_other_data",
        "notes_left_out",
    ]
    assert "3 notes that may name families, runs or files are left out" in notes[-1]
    assert [row["name"] for row in redacted.part(Table, "forecast").records] == ["plain", "target 2", "unseen"]
    assert "'family 2': no row below some cut" in redacted.part(Notes, "backtest_notes").items[0]
    assert (redacted.title, redacted.claim) == ("A redacted forecast", "")


def test_names_follow_the_order_of_the_table(named: Fit) -> None:
    names = names_of(named)
    assert names.families == {"zebra-secret": "family 1", "okapi": "family 2"}
    assert names.runs["gnu-0"], names.runs["gnu-16"] == ("run 1", "run 17")
    hidden = hidden_fit(named, names)
    assert hidden.families == ("family 2", "family 1")  # where they stood
    design = design_from_tree(hidden.tree)
    assert design.runs[design.run[design.row.argmin()]] == "run 1"
    assert named.families == ("okapi", "zebra-secret")  # the posterior itself keeps its names
    assert list(hidden.tree["log_likelihood"]["run"].to_numpy()) == list(design.runs)
    pd.testing.assert_frame_equal(named.summary().drop(columns="family"), hidden.summary().drop(columns="family"))


def test_a_redacted_forecast_log_keeps_its_numbers() -> None:
    ledger = made_ledger([0.5, 0.99], family="zebra-secret")
    ledger.loc[0, ["family", "known_families"]] = ["", json.dumps(["zebra-secret", "okapi"])]
    names = Names({"zebra-secret": "family 1", "okapi": "family 2"}, dict.fromkeys(ledger["scored_run"], "run 1"))
    hidden = hidden_ledger(ledger, names)
    assert json.loads(hidden.loc[0, "known_families"]) == ["family 1", "family 2"]
    assert "zebra" not in hidden.to_csv()
    words = ["family", "known_families", "run", "scored_run"]
    pd.testing.assert_frame_equal(ledger.drop(columns=words), hidden.drop(columns=words))


@pytest.mark.parametrize(
    ("kind", "lineage", "message"),
    [
        ("published", {"path": "sampled"}, "sampled"),
        ("published", {"path": "sampled, warm-started from version 3"}, "sampled"),
        ("published", {"path": "zebra"}, "published"),
        ("published", {}, "published"),
        ("rolled back", {"path": "sampled", "rolled_back_to": 3}, "rolled back to version 3"),
        ("rolled back", {"rolled_back_to": "zebra"}, "rolled back"),
        ("noted", {"why": "gnu-3 does not converge"}, "a fit that was not published"),
        ("retired", {"retired": ["zebra"]}, "retired"),
    ],
)
def test_messages_of_versions_name_no_row(kind: Any, lineage: dict[str, object], message: str) -> None:
    time = datetime(2026, 1, 1, tzinfo=UTC)
    version = Version("model", 4, kind, "abc", time, "sampled: gnu-3 and zebra changed upstream", lineage)
    assert hidden_message(version) == message


def test_messages_of_versions_count_rows() -> None:
    message = "re-weighted: 1 row was added: zebra; gnu-3"
    version = Version(
        "model", 4, "published", "abc", datetime(2026, 1, 1, tzinfo=UTC), message, {"path": "re-weighted"}
    )
    assert hidden_message(version) == "re-weighted; 1 row was added"
