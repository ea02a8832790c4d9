"""The catalogue as people read it: formulas that say what the law computes, priors as they are, examples that run."""

import json
import re

import numpy as np
import pytest

import bayescale
from bayescale.data.quantities import KNOWN, impossible
from bayescale.report.catalog import BLOCKS, UNPUBLISHED, describe, listing, middle, plain, sparkline, text_of
from bayescale.scaling_laws.formulas.formula import Formula
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.link import Link
from bayescale.scaling_laws.prior import Prior, logitnormal, lognormal, normal
from bayescale.scaling_laws.registry import CATALOGUE, law
from bayescale.scaling_laws.terms import floor, power, term

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


@pytest.mark.parametrize("name", NAMES)
def test_the_plain_formula_says_what_the_law_computes(name: str) -> None:
    entry = law(name)
    right = plain(entry).partition(" = ")[2]
    read = Formula(right.replace("^", "**").replace("·", "*").replace("[", "(").replace("]", ")"))
    rng = np.random.default_rng(3)
    parameters = {one.name: one.prior.quantile(rng.uniform(0.3, 0.7)) for one in entry.parameters}
    inputs = middle(entry)
    assert inputs is not None
    with np.errstate(all="ignore"):
        assert read.evaluate({**inputs, **parameters}, np) == pytest.approx(entry.predict(inputs, parameters), rel=1e-9)


def test_plain_formulas_read_as_written() -> None:
    pair = power("A", "alpha", "n_params") + power("B", "beta", "n_tokens")
    assert plain(Law("x", floor("E") + pair)) == "L = E + A·n_params^-alpha + B·n_tokens^-beta"
    assert plain(law("joint")) == "L = E + [(A·n_params^-alpha)^(1/q) + (B·n_tokens^-beta)^(1/q)]^q"
    assert plain(law("kaplan_params")) == "L = (N_c/n_params)^alpha_N"
    assert plain(law("passuntil")) == "pass_rate = exp(-(c·n_params^-alpha))"
    failing = Law("x", term("-x**2 + y"), link=Link("failure"), response="rate")
    assert plain(failing) == "rate = 1 - exp(-(-x^2 + y))"
    assert plain(Law("x", power("A", "a", "n / 2") + term("-2*n"))) == "L = A·(n / 2)^-a - 2·n"


def test_amplitudes_without_a_floor_show_the_prior_that_a_fit_takes() -> None:
    described = describe(law("kaplan"))
    priors = {one["name"]: one["prior"] for one in described["parameters"]}
    assert priors["D_c"]["median"] == pytest.approx(1.25)  # the level; its role as an amplitude alone would say .08
    assert "over the least training value" in priors["D_c"]["of"]
    assert priors["N_c"]["median"] == pytest.approx(0.5)
    assert "share" in priors["N_c"]["of"]
    assert priors["alpha_N"]["of"] == ""


@pytest.mark.parametrize("prior", [normal(0.0, 1.0), normal(5.0, 0.2), logitnormal(0.0, 0.5), logitnormal(0.0, 3.0)])
def test_symmetric_priors_look_symmetric(prior: Prior) -> None:
    drawn = sparkline(prior)
    assert drawn == drawn[::-1]
    assert len(drawn) == 16
    assert len(set(drawn)) > 2


def test_drawings_show_the_shape() -> None:
    bell, skewed, bowl = sparkline(normal(0, 1)), sparkline(lognormal(1.0, 0.5)), sparkline(logitnormal(0.0, 4.0))
    assert bell[7] == bell[8] == BLOCKS[-1]
    assert bell[0] == BLOCKS[0]
    assert skewed.index(BLOCKS[-1]) < 5
    assert skewed[-4:] == BLOCKS[0] * 4
    assert bowl[0] == bowl[-1] == BLOCKS[-1]
    assert bowl[8] in BLOCKS[:2]
    assert sparkline(Prior("log", 0.0, 5000.0)) == ""
    assert sparkline(Prior("logit", 50.0, 1.0)) == ""


def test_predictions_stand_only_where_coefficients_are_whole() -> None:
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


def test_laws_say_whose_form_they_have_and_where_numbers_stand() -> None:
    shown = text_of(describe(law("precision")))
    assert "table 2 (appendix K)" in shown
    assert r"N_\mathrm{eff} = N \prod_x" in shown
    assert "a formula derived here after the source" in text_of(describe(law("projection")))
    table = listing(CATALOGUE.values())
    column = table.columns.index("form")
    own = {row[table.columns.index("law")] for row in table.rows if row[column] == "own"}
    assert {"projection", "u_shape", "data_pruning", "four_regimes", "horizon"} <= own
    assert not {"chinchilla", "precision", "broken_power"} & own


def test_inputs_say_what_they_count_and_what_stands_where_they_are_left_out() -> None:
    assert "2 times model width over expert width" in text_of(describe(law("moe_leverage")))
    assert "width of a dense feed-forward layer over expert width" in text_of(describe(law("moe_granularity")))
    assert "0.5 where left out" in text_of(describe(law("horizon")))


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
