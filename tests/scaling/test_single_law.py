"""What cannot be fitted is refused before sampling, with the cause and what would help."""

import pandas as pd
import pytest

import bayescale as bs
from bayescale.data.reading import read_runs
from bayescale.errors import InputError
from bayescale.scaling.model.design import make_design
from bayescale.scaling.refusal import refusal
from bayescale.scaling.single_law import make_spec, require_pooled
from bayescale.scaling_laws.registry import law
from tests.scaling.sampling.small_families import design_of, small_families


def test_families_of_one_row_are_refused_with_the_fix() -> None:
    table = small_families(14, 1)
    with pytest.raises(InputError, match=r"no family in .* has two rows.*family=None"):
        bs.fit(table, law="chinchilla", progress=False)
    shared = dict.fromkeys(law("chinchilla").parameter_names, "shared")
    for spec in (
        make_spec("chinchilla", None, True, "growing", None),
        make_spec("chinchilla", "", True, "growing", None),
        make_spec("chinchilla", "family", True, "growing", shared),  # type: ignore[arg-type]
    ):
        require_pooled(make_design(read_runs(table), spec), "here")


def test_one_family_of_two_rows_is_enough_to_try() -> None:
    table = small_families(6, 1)
    more = pd.concat([table, table.iloc[:1].assign(n_params=3e8, n_tokens=2e10, loss=2.9)])
    require_pooled(design_of(more), "here")


def test_a_refusal_of_few_rows_names_what_would_help() -> None:
    message = refusal(design_of(small_families(8, 3)), ["R-hat"], "the last")
    assert "24 rows of 8 families for 5 parameters of each" in message
    assert '"alpha": "shared", "beta": "shared"' in message
    assert "rows of" not in refusal(design_of(small_families(2, 24)), ["R-hat"], "the last")
