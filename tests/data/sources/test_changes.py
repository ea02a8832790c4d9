"""What changed between two readings: every added, removed and changed row, and nothing else."""

import json

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from bayescale.data.reading import read_runs
from bayescale.data.sources import changes, fingerprints

TABLE = pd.DataFrame(
    {
        "family": ["a", "a", "a", "b"],
        "run": ["r1", "r1", "r2", "r1"],
        "step": [100, 200, 200, 200],
        "n_params": [1e8, 1e8, 2e8, 1e8],
        "optimizer": ["adam"] * 4,
        "loss": [3.0, 2.31, 2.5, 3.3],
    }
)


def prints(table: pd.DataFrame) -> dict[str, list[list[str | float]]]:
    found: dict[str, list[list[str | float]]] = json.loads(json.dumps(fingerprints(read_runs(table))))
    return found


def test_nothing_changed_in_another_order() -> None:
    found = changes(prints(TABLE), prints(TABLE.sample(frac=1, random_state=1)[list(reversed(TABLE.columns))]))
    assert not found
    assert found.lines == []


def test_each_kind_of_change_is_said() -> None:
    after = TABLE.copy()
    after.loc[1, "loss"] = 2.29
    after.loc[2, "optimizer"] = "muon"
    after = pd.concat([after.drop(index=3), after[:1].assign(step=300, loss=2.2)])
    found = changes(prints(TABLE), prints(after))
    assert found
    assert found.lines == [
        "2 rows were changed upstream: a, r1, step 200: 2.31 → 2.29; a, r2, step 200: another column.",
        "1 row was deleted upstream: b, r1, step 200.",
        "1 row was added: a, r1, step 300.",
    ]


def test_rows_without_a_run_are_known_by_their_inputs() -> None:
    table = TABLE.drop(columns=["run", "step", "optimizer"]).assign(n_params=[1e8, 2e8, 3e8, 1e8])
    after = table.copy()
    after.loc[1, "loss"] = 2.2
    after.loc[2, "n_params"] = 4e8
    found = changes(prints(table), prints(after[::-1]))
    assert [str(one) for one in found.changed] == ["a, n_params 200000000: 2.31 → 2.2"]
    assert found.removed == ("a, n_params 300000000",)
    assert found.added == ("a, n_params 400000000",)


def test_replicates_are_matched_by_content() -> None:
    table = pd.DataFrame({"n_params": [1e8] * 3, "loss": [3.0, 3.1, 3.2]})
    found = changes(prints(table), prints(table.assign(loss=[3.2, 3.15, 3.0])))
    assert [(one.before, one.after) for one in found.changed] == [(3.1, 3.15)]
    assert not found.added
    assert not found.removed
    fewer = changes(prints(table), prints(table[:2]))
    assert fewer.removed == ("all, n_params 100000000",)
    assert not fewer.changed


def test_long_lists_are_cut() -> None:
    table = pd.DataFrame({"run": [f"r{n}" for n in range(20)], "loss": 3.0})
    (line,) = changes({}, prints(table)).lines
    assert line.startswith("20 rows were added: all, r0; ")
    assert line.endswith(" and 12 more.")


@settings(max_examples=25, deadline=None)
@given(
    st.dictionaries(st.integers(0, 30), st.integers(1, 5), min_size=1),
    st.dictionaries(st.integers(0, 30), st.integers(1, 5), min_size=1),
)
def test_changes_are_those_that_were_made(before: dict[int, int], after: dict[int, int]) -> None:
    def table(losses: dict[int, int]) -> pd.DataFrame:
        return pd.DataFrame({"run": [f"r{n}" for n in losses], "loss": [float(loss) for loss in losses.values()]})

    found = changes(prints(table(before)), prints(table(after)))
    assert {one.key for one in found.changed} == {
        f"all, r{n}" for n in before.keys() & after.keys() if before[n] != after[n]
    }
    assert set(found.added) == {f"all, r{n}" for n in after.keys() - before.keys()}
    assert set(found.removed) == {f"all, r{n}" for n in before.keys() - after.keys()}


def test_fingerprints_are_small() -> None:
    table = pd.DataFrame({"run": [f"r{n}" for n in range(500)], "loss": 3.0, **{f"c{n}": "x" * 50 for n in range(40)}})
    assert len(json.dumps(prints(table))) < 30_000
