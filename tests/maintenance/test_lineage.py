"""What changed since the last attempt: nothing, rows, or the spec."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bayescale.maintenance.lineage import Change, change_of, current_digests, digest_of, lineage_of, unread_change
from bayescale.maintenance.source_rows import Rows, read_rows
from bayescale.maintenance.specs.spec import ModelSpec
from bayescale.maintenance.specs.spec_files import read_spec
from bayescale.maintenance.store.versions import Kind, Version


@pytest.fixture
def spec(tmp_path: Path) -> ModelSpec:
    path = tmp_path / "pile.toml"
    path.write_text('[data]\nsource = "example:tau_airline"\n[risk]\nby = ["model"]\n', encoding="utf-8")
    return read_spec(path)


@pytest.fixture
def rows(spec: ModelSpec) -> Rows:
    return read_rows(spec, "mark")


def version(number: int, kind: Kind, lineage: Mapping[str, Any]) -> Version:
    return Version("pile", number, kind, str(number), datetime(2026, 5, 1, tzinfo=UTC), "", lineage)


def published(spec: ModelSpec, rows: Rows) -> Version:
    return version(1, "published", lineage_of(spec, rows, Change("first", "first"), "sampled", {}))


def test_a_digest_ignores_the_order_of_keys() -> None:
    assert digest_of({"a": 1, "b": [2]}) == digest_of({"b": [2], "a": 1})
    assert digest_of({"a": 1}) != digest_of({"a": 2})


def test_the_first_fit_has_no_history(spec: ModelSpec, rows: Rows) -> None:
    assert change_of(spec, rows, ()).kind == "first"
    assert unread_change(spec, "mark", ()) is None


def test_the_same_rows_and_spec_are_no_change(spec: ModelSpec, rows: Rows) -> None:
    history = (published(spec, rows),)
    assert change_of(spec, rows, history).kind == "none"
    change = unread_change(spec, "mark", history)
    assert change is not None
    assert change.kind == "none"
    assert unread_change(spec, "another mark", history) is None


def test_a_failed_attempt_is_not_repeated(spec: ModelSpec, rows: Rows) -> None:
    failure = version(2, "noted", current_digests(spec, rows) | {"why": "R-hat 1.2"})
    change = change_of(spec, rows, (published(spec, rows), failure))
    assert (change.kind, change.why) == ("failed", "the same rows and spec failed on 2026-05-01 00:00: R-hat 1.2")


def test_a_new_card_keeps_the_posterior_and_a_new_model_does_not(spec: ModelSpec, rows: Rows, tmp_path: Path) -> None:
    history = (published(spec, rows),)
    text = spec.path.read_text(encoding="utf-8")
    spec.path.write_text(text + '[card]\nowner = "us"\n', encoding="utf-8")
    assert change_of(read_spec(spec.path), rows, history).kind == "same posterior"
    spec.path.write_text(text + 'mixing = ["beta"]\n', encoding="utf-8")
    change = change_of(read_spec(spec.path), rows, history)
    assert (change.kind, change.why) == ("other", "data, model or sampler of the spec changed")


def test_a_rolled_back_version_is_named(spec: ModelSpec, rows: Rows) -> None:
    first = published(spec, rows)
    back = replace(first, number=2, kind="rolled back", id="2")
    assert "use --force to fit them again" in change_of(spec, rows, (first, back)).why
