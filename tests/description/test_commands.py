"""Commands to paste are quoted for a shell."""

import shlex

import pandas as pd

from bayescale.description.commands import fit_command, options, python_call, risk_command


def test_names_are_quoted() -> None:
    rename = {"Params (M)": "n_params"}
    words = shlex.split(risk_command("my file.csv", rename))
    assert words == ["bayescale", "risk", "my file.csv", "--rename", "Params (M)=n_params", "--at", "1000"]
    assert shlex.split(options({}, {"n_params": "millions"})) == ["--units", "n_params=millions"]
    assert python_call("read_runs", 7, rename, {}, "error") == (
        "bs.read_runs(table, rename={'Params (M)': 'n_params'}, response='error')"
    )


def test_a_law_of_one_input_is_forecast_at_ten_times_the_largest() -> None:
    frame = pd.DataFrame({"flops": [1e18, 1e20]})
    assert fit_command("runs.csv", "power_floor", {}, {}, frame).endswith("--law power_floor --at flops=1e+21")
