"""What keeps a table of scores from being used is named with its row and the fix."""

import pandas as pd

from bayescale.capability.score_checks import benchmark_problems, setting_problems, table_problems


def test_settings_name_what_is_wrong() -> None:
    problems = setting_problems(["mmlu", "mmlu"], {"mmul": 0.25, "mmlu": 1.0}, {"mmlu": 1})
    assert "different columns" in problems[0]
    assert "no benchmark 'mmul'. Did you mean 'mmlu'?" in problems[1]
    assert "0.25 for four choices" in problems[2]
    assert "5 or more" in problems[3]


def test_tables_need_columns_and_one_row_per_model() -> None:
    table = pd.DataFrame({"model": ["a", "a", "b"], "row": [1, 2, 3]})
    problems = " ".join(table_problems(table, "famly", "model"))
    assert "no column 'famly' to take families from" in problems
    assert "model 'a' stands in rows 1, 2" in problems
    assert "3 models are too few" in problems


def test_scores_must_be_shares() -> None:
    table = pd.DataFrame({"percent": [55.0, 60.0], "text": ["a", "0.1"], "blank": [None, None], "row": [1, 2]})
    problems = benchmark_problems(table, ["percent", "text", "blank", "none"])
    assert "no column 'none'" in problems[0]
    assert "55.0 (row 1), 60.0 (row 2) must be a share from 0 to 1; divide percentages by 100" in problems[1]
    assert "'a' (row 1)" in problems[2]
    assert "fewer than 2 models have a score on blank" in problems[3]
