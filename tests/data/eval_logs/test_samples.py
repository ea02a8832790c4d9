"""Group columns of logs are those that always apply and the settings in which logs differ."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from bayescale.data.eval_logs.samples import as_label, group_columns, set_values

SETTINGS = st.dictionaries(st.sampled_from(["seed", "solver", "generate_top_p", "log_limit"]), st.sampled_from("12"))


@given(st.lists(SETTINGS, min_size=1, max_size=4))
def test_settings_are_columns_where_logs_differ(logs: list[dict[str, str]]) -> None:
    settings = {Path(str(place)): values for place, values in enumerate(logs)}
    columns = group_columns({path: {"model": "m"} for path in settings}, settings)
    for path, values in settings.items():
        for name in ("seed", "solver", "generate_top_p", "log_limit"):
            differs = any(values.get(name) != other.get(name) for other in settings.values())
            assert columns[path].get(name) == (values.get(name, "(none)") if differs else None)
        assert columns[path]["model"] == "m"


def test_a_plan_is_no_column_where_the_solver_differs() -> None:
    paths = [Path("a"), Path("b")]
    settings = {path: {"solver": path.name, "log_plan": f"[{path.name}]"} for path in paths}
    assert group_columns({path: {} for path in paths}, settings)[paths[0]] == {"solver": "a"}
    settings = {path: {"log_plan": f"[{path.name}]"} for path in paths}
    assert group_columns({path: {} for path in paths}, settings)[paths[1]] == {"log_plan": "[b]"}


def test_settings_of_other_types_are_empty() -> None:
    assert set_values({"a": 1}) == {"a": 1}
    assert set_values(None) == {}
    assert set_values("text") == {}


def test_labels_of_arguments() -> None:
    assert [as_label(value) for value in ("pair", 3, True, None, ["a"], {"b": 1})] == [
        "pair",
        "3",
        "true",
        "null",
        '["a"]',
        '{"b": 1}',
    ]
