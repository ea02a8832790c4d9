"""Reading of attempts and choice of groups, as the commands on trials share them."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from tests.cli.conftest import QUICK, Run


def test_one_row_per_attempt_several_files_and_no_groups(run: Run, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    paths = []
    for part in range(2):
        rows = [(f"p{part}-{i}", k, int(rng.random() < 0.1)) for i in range(10) for k in range(20)]
        paths.append(tmp_path / f"{part}.csv")
        pd.DataFrame(rows, columns=["problem", "attempt", "success"]).to_csv(paths[-1], index=False)
    code, out, err = run("risk", *paths, *QUICK, "--check-duplicates", "--json")
    assert code == 0, err
    document = json.loads(out)
    assert document["data"][0]["problems"] == 20
    assert document["data"][0]["attempts"] == 400
    assert document["claims"][0].startswith("Within 10,000 attempts each")
