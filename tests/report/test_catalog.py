"""Descriptions of laws have every parameter and input, and examples that run."""

import json
import re

import numpy as np
import pytest

import bayescale
from bayescale.data.quantities import KNOWN, impossible
from bayescale.report.catalog import UNPUBLISHED, describe, listing, middle, text_of
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.registry import CATALOGUE, law
from bayescale.scaling_laws.terms import floor, power

NAMES = sorted(CATALOGUE)


@pytest.mark.parametrize("name", NAMES)
def test_every_entry_is_described(name: str) -> None:
    entry = law(name)
    described = describe(entry)
    assert json.loads(json.dumps(described, allow_nan=False)) == described
    shown = text_of(described)
    assert set(entry.parameter_names) | set(entry.inputs) <= set(re.findall(r"\w+", described["formula"]))
    assert [one["name"] for one in described["inputs"]] == list(entry.inputs)
    parts = [described["formula"], entry.latex, entry.source, entry.regime, entry.pitfalls, *described["example"]]
    parts += [one["meaning"] for one in described["parameters"]] + list(entry.published)
    parts += [one["prior"]["drawn"]["density"] for one in described["parameters"]]
    assert all(part in shown for part in parts)
    assert (f"coefficients: {UNPUBLISHED}" in shown) == (not entry.published)


def test_amplitudes_without_a_floor_show_the_prior_that_a_fit_takes() -> None:
    described = describe(law("kaplan"))
    priors = {one["name"]: one["prior"] for one in described["parameters"]}
    assert priors["D_c"]["median"] == pytest.approx(1.25)  # the level; its role as an amplitude alone would say .08
    assert "over the least training value" in priors["D_c"]["of"]
    assert priors["N_c"]["median"] == pytest.approx(0.5)
    assert "share" in priors["N_c"]["of"]
    assert priors["alpha_N"]["of"] == ""


def test_predictions_need_all_coefficients() -> None:
    entry = law("chinchilla")
    described = describe(entry)
    first = described["published"][0]
    assert first["at"] == {"n_params": 3.16e9, "n_tokens": 1e11}
    assert first["prediction"] == pytest.approx(1.69 + 406.4 / 3.16e9**0.34 + 410.7 / 1e11**0.28, rel=1e-12)
    assert "loss = 2.271 at n_params = 3.16e+09, n_tokens = 1e+11" in text_of(described)
    (partial,) = describe(law("densing"))["published"]
    assert (partial["missing"], partial["prediction"], partial["at"]) == (["B"], None, None)
    assert "without B" in text_of(describe(law("densing")))
    (other,) = describe(law("power"))["published"]  # printed for petaflop-days, given for floating-point operations
    assert 2.0 < other["prediction"] < 4.0


@pytest.mark.parametrize("name", NAMES)
def test_examples_are_python_and_evaluate(name: str) -> None:
    described = describe(law(name))
    lines = described["example"]
    assert any(f'bs.fit(runs, law="{name}")' in line for line in lines)
    compile("\n".join(lines), name, "exec")
    predictions = [one["prediction"] for one in described["published"] if one["prediction"] is not None]
    assert ("law.published" in lines[-1]) == bool(predictions)
    if predictions:
        names = {"bs": bayescale, "law": law(name)}
        with np.errstate(all="ignore"):
            assert eval(lines[-1], names) == pytest.approx(predictions[0])


@pytest.mark.parametrize("name", NAMES)
def test_example_rows_are_possible(name: str) -> None:
    row = middle(law(name))
    assert row is not None
    for column, value in row.items():
        assert not impossible(column, value)
        if column in KNOWN and KNOWN[column].whole:
            assert value == int(value), column  # no 4.5 exponent bits


def test_descriptions_name_the_form_and_the_source_of_numbers() -> None:
    shown = text_of(describe(law("precision")))
    assert "table 2 (appendix K)" in shown
    assert r"N_\mathrm{eff} = N \prod_x" in shown
    assert "a formula derived here after the source" in text_of(describe(law("projection")))
    table = listing(CATALOGUE.values())
    column = table.columns.index("form")
    own = {row[table.columns.index("law")] for row in table.rows if row[column] == "own"}
    assert {"projection", "u_shape", "data_pruning", "four_regimes", "horizon"} <= own
    assert not {"chinchilla", "precision", "broken_power"} & own


def test_inputs_have_counts_and_defaults() -> None:
    assert "2 times model width over expert width" in text_of(describe(law("moe_leverage")))
    assert "width of a dense feed-forward layer over expert width" in text_of(describe(law("moe_granularity")))
    assert "default 0.5" in text_of(describe(law("horizon")))


def test_a_law_from_a_file_says_how_to_read_it() -> None:
    mine = Law("mine", floor("E") + power("A", "a", "tokens"), response="error")
    described = describe(mine, file='a "b".toml')
    assert "law = read_law('a \"b\".toml')" in described["example"]
    assert 'runs = bs.read_runs("runs.csv", response="error")' in described["example"]
    assert "fit = bs.fit(runs, law=law)" in described["example"]
    assert described["inputs"] == [{"name": "tokens", "unit": "", "allowed": "more than 0", "range": None}]
    assert text_of(described).startswith("mine\n")


def test_the_list_is_in_order_of_ids() -> None:
    table = listing(CATALOGUE.values())
    ids = [row[table.columns.index("id")] for row in table.rows]
    assert [int("".join(filter(str.isdigit, one))) for one in ids] == sorted(
        int("".join(filter(str.isdigit, one))) for one in ids
    )
    assert [row[table.columns.index("law")] for row in table.rows] == list(CATALOGUE)
