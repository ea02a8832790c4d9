"""Families and runs of rows, encoded once."""

import numpy as np
import pandas as pd

from bayescale.data.runs_validation.identity import identity_of


def test_rows_of_one_family_and_run_have_one_code() -> None:
    table = pd.DataFrame({"family": ["b", "a", "b", "a"], "run": ["r1", "r2", "r1", "r3"]}, dtype="str")
    identity = identity_of(table, np.ones(4, dtype=bool))
    assert [identity.families[code].as_py() for code in identity.family_codes] == ["b", "a", "b", "a"]
    assert identity.run[0] == identity.run[2]
    assert len(set(identity.run.tolist())) == 3
    assert (identity.family == identity.family[[2, 3, 0, 1]]).all()


def test_selected_rows_keep_their_identity() -> None:
    table = pd.DataFrame({"family": ["a", "b"], "run": ["", ""]}, dtype="str")
    identity = identity_of(table, np.zeros(2, dtype=bool))
    assert not identity.run.any()
    assert identity.rows(np.ones(2, dtype=bool)) is identity
    part = identity.rows(np.array([False, True]))
    assert part.families[part.family_codes[0]].as_py() == "b"
