"""Laws: published values, limits, one formula for both backends, and coordinates that undo themselves."""

import math

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayescale.errors import LawError
from bayescale.scaling_laws.catalog import pretraining
from bayescale.scaling_laws.expression import Link, Scale, floor, joined, power, term
from bayescale.scaling_laws.formula import Formula
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.parametrization import natural, reducible_at_centre, term_names
from bayescale.scaling_laws.prior import logitnormal, lognormal, normal
from bayescale.scaling_laws.registry import CATALOGUE, law, laws

NAMES = sorted(CATALOGUE)
FALLING = sorted(entry.name for entry in pretraining.LAWS)
EXPONENT = st.floats(0.05, 0.8)
SLOPE = st.floats(0.01, 0.5)


def example(entry: Law) -> tuple[dict[str, float], dict[str, float]]:
    """Inputs and parameters at which any law of the catalogue makes sense: the middle of its ranges and its priors."""
    values = {"floor": 1.7, "amplitude": 300.0, "exponent": 0.3, "q": 0.8}
    inputs = {name: middle(*entry.ranges[name]) for name in entry.inputs}
    own = {name: prior.quantile(0.5) for name, prior in entry.priors.items()}
    return inputs, {n: own[n] if n in own else values[entry.role(n)] for n in entry.parameter_names}


def middle(low: float, high: float) -> float:
    """Between two bounds, on the log scale where both are positive."""
    return math.sqrt(low * high) if low > 0 else (low + high) / 2


@pytest.mark.parametrize(
    ("name", "source", "inputs", "expected"),
    [
        ("chinchilla", "Hoffmann et al. 2022", {"n_params": 70e9, "n_tokens": 1.4e12}, 1.93665),
        ("chinchilla", "Besiroglu et al. 2024", {"n_params": 70e9, "n_tokens": 1.4e12}, 1.97388),
        ("kaplan", "Kaplan et al. 2020", {"n_params": 1.5e9, "n_tokens": 22e9}, 2.31255),
        ("overtraining", "RedPajama", {"n_params": 1.4e9, "n_tokens": 640 * 1.4e9}, 2.52464),
        ("overtraining", "RedPajama", {"n_params": 6.9e9, "n_tokens": 20 * 6.9e9}, 2.44213),
    ],
)
def test_published_coefficients_give_published_values(
    name: str, source: str, inputs: dict[str, float], expected: float
) -> None:
    entry = law(name)
    assert entry.predict(inputs, entry.published[source]) == pytest.approx(expected, abs=6e-6)


def test_a_quantity_may_be_a_formula() -> None:
    worth = "n_unique_tokens * (1 + R * (1 - exp(-max(n_tokens / n_unique_tokens - 1, 0) / R)))"
    entry = Law("repeated", floor("E") + power("B", "beta", worth), priors={"R": lognormal(15.0, 0.6)})
    assert entry.inputs == ("n_unique_tokens", "n_tokens")
    parameters = {"E": 1.7, "B": 400.0, "beta": 0.3, "R": 15.0}
    inputs = {"n_unique_tokens": 1e9, "n_tokens": np.array([1e9, 4e9, 1e12, 1e14])}
    found = ((entry.predict(inputs, parameters) - 1.7) / 400) ** (-1 / 0.3)
    assert found[0] == pytest.approx(1e9)
    assert 3.6e9 < found[1] < 4e9
    assert found[3] == pytest.approx(16e9)


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("a - b - c", {"a": 1.0, "b": 2.0, "c": 3.0}, -4.0),
        ("-a**2", {"a": 3.0}, -9.0),
        ("a**b**c", {"a": 2.0, "b": 3.0, "c": 2.0}, 512.0),
        ("a / b / c", {"a": 12.0, "b": 3.0, "c": 2.0}, 2.0),
        ("log2(a) + log10(b) + log1p(c)", {"a": 8.0, "b": 100.0, "c": 0.0}, 5.0),
        ("max(a, b) - min(a, b) + sigmoid(0)", {"a": 1.0, "b": 3.0}, 2.5),
        ("logaddexp(a, b) + sqrt(4)", {"a": 0.0, "b": 0.0}, math.log(2) + 2),
    ],
)
def test_formulas_mean_what_python_means(text: str, values: dict[str, float], expected: float) -> None:
    assert float(Formula(text).evaluate(values, np)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a - (b - c)", r"a - \left(b - c\right)"),
        ("(a + b) * c", r"\left(a + b\right)\,c"),
        ("A * n_params**-alpha", r"A\,N^{-\alpha}"),
        ("a / (b * c)", r"\frac{a}{b\,c}"),
        ("exp(-(R / tau))", r"\exp\left(-\frac{R}{\tau}\right)"),
        ("a - -b", r"a - \left(-b\right)"),
    ],
)
def test_formulas_are_written_as_people_write_them(text: str, written: str) -> None:
    assert Formula(text).latex == written


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "a.b",
        "a[0]",
        "a if b else c",
        "lambda: 1",
        "a < b",
        "[a for a in b]",
        "True",
        "'a'",
        "exp(a, b)",
        "exp(x=a)",
        "sin(a)",
        "a := 1",
        "a +",
        "",
        "1" * 5000,
        "(" * 90 + "a" + ")" * 90 + "+" * 70 + "a",
    ],
)
def test_whatever_is_no_arithmetic_is_refused(text: str) -> None:
    with pytest.raises(LawError, match="formula"):
        Formula(text)


def test_formulas_join_powers_and_can_be_moved_to_another_input() -> None:
    expression = floor("E") + power("A", "alpha", "flops") + term("k * flops") + term("c")
    assert expression.renamed("flops", "n_tokens").names == ("n_tokens", "k", "c")
    assert (floor("E") + term("k * x")).latex == "E + k\\,x"


@pytest.mark.parametrize("kind", ["log", "logit", "identity"])
def test_scales_undo_themselves_and_know_what_they_reach(kind: str) -> None:
    scale = Scale(kind)  # type: ignore[arg-type]
    response = np.array([0.01, 0.3, 0.99])
    assert scale.inverse(scale.forward(response, np)) == pytest.approx(response)
    assert (
        list(scale.reaches(np.array([-1.0, 0.0, 0.5, 1.0, 2.0, np.nan])))
        == {
            "log": [False, False, True, True, True, False],
            "logit": [False, False, True, False, False, False],
            "identity": [True, True, True, True, True, False],
        }[kind]
    )


@pytest.mark.parametrize("name", NAMES)
def test_numpy_and_pytensor_evaluate_the_same_formula(name: str) -> None:
    entry = law(name)
    inputs, parameters = example(entry)
    symbols = {key: pt.dscalar(key) for key in (*inputs, *parameters)}
    graph = entry.evaluate({k: symbols[k] for k in inputs}, {k: symbols[k] for k in parameters}, pt)
    compiled = pytensor.function(list(symbols.values()), graph, mode="FAST_COMPILE")
    assert float(compiled(*inputs.values(), *parameters.values())) == pytest.approx(entry.predict(inputs, parameters))


@pytest.mark.parametrize("name", NAMES)
def test_a_law_read_back_from_text_is_the_same_law(name: str) -> None:
    entry = law(name)
    again = Law.from_json(entry.to_json())
    assert again == entry
    assert again.predict(*example(entry)) == entry.predict(*example(entry))


@pytest.mark.parametrize("name", FALLING)
def test_loss_falls_with_every_input_towards_the_floor(name: str) -> None:
    entry = law(name)
    inputs, parameters = example(entry)
    for column in entry.inputs:
        grown = [entry.predict({**inputs, column: inputs[column] * 10.0**k}, parameters) for k in range(4)]
        assert grown == sorted(grown, reverse=True)
    endless = entry.predict(dict.fromkeys(inputs, 1e250), parameters)
    assert endless == pytest.approx(parameters[entry.expression.floor] if entry.expression.floor else 0.0, abs=1e-9)


@given(a=EXPONENT, b=EXPONENT, slope_n=SLOPE, slope_d=SLOPE, q=st.floats(0.3, 1.5), level=st.floats(3.0, 9.0))
def test_anchored_coordinates_have_the_level_and_slopes_they_name(
    a: float, b: float, slope_n: float, slope_d: float, q: float, level: float
) -> None:
    entry = law("joint")
    centre = {"n_params": 3e8, "n_tokens": 7e9}
    shapes = {"alpha": a, "beta": b, "q": q}
    found = natural(entry, level, {"A": slope_n, "B": slope_d}, shapes, centre, np)
    assert entry.predict(centre, found) == pytest.approx(level)
    for column, slope in (("n_params", slope_n), ("n_tokens", slope_d)):
        up, down = ({**centre, column: centre[column] * math.exp(step)} for step in (1e-4, -1e-4))
        measured = (entry.predict(down, found) - entry.predict(up, found)) / 2e-4
        assert measured == pytest.approx(slope, rel=1e-4)
    assert found["E"] == pytest.approx(level - reducible_at_centre(entry, {"A": slope_n, "B": slope_d}, shapes))


def test_without_a_floor_the_level_is_the_law_at_the_centre() -> None:
    entry = law("kaplan")
    assert term_names(entry) == ("N_c",)
    centre = {"n_params": 3e8, "n_tokens": 7e9}
    found = natural(entry, 3.2, {"N_c": 0.3}, {"alpha_N": 0.08, "alpha_D": 0.1}, centre, np)
    assert entry.predict(centre, found) == pytest.approx(3.2)


@given(n=st.floats(1e6, 1e12), d=st.floats(1e8, 1e13))
def test_joint_nests_chinchilla_and_kaplan(n: float, d: float) -> None:
    inputs, joint = {"n_params": n, "n_tokens": d}, law("joint")
    chinchilla = law("chinchilla").published["Besiroglu et al. 2024"]
    assert joint.predict(inputs, {**chinchilla, "q": 1.0}) == pytest.approx(
        law("chinchilla").predict(inputs, chinchilla)
    )
    kaplan = law("kaplan").published["Kaplan et al. 2020"]
    as_joint = {
        "E": 0.0,
        "A": kaplan["N_c"] ** kaplan["alpha_N"],
        "alpha": kaplan["alpha_N"],
        "B": kaplan["D_c"] ** kaplan["alpha_D"],
        "beta": kaplan["alpha_D"],
        "q": kaplan["alpha_D"],
    }
    assert joint.predict(inputs, as_joint) == pytest.approx(law("kaplan").predict(inputs, kaplan))


@pytest.mark.parametrize("kind", ["identity", "survival", "failure"])
def test_links_undo_themselves(kind: str) -> None:
    link = Link(kind)  # type: ignore[arg-type]
    latent = np.array([0.01, 0.3, 2.0])
    assert link.inverse(link.forward(latent, np)) == pytest.approx(latent)


@pytest.mark.parametrize("prior", [lognormal(0.33, 0.35), logitnormal(0.4, 0.8), normal(0.0, 0.3)])
def test_quantiles_of_a_prior_are_those_of_its_draws(prior: object) -> None:
    coordinate = np.random.default_rng(0).normal(prior.location, prior.spread, 200_000)  # type: ignore[attr-defined]
    drawn = np.quantile(prior.natural(coordinate), [0.05, 0.5, 0.95])  # type: ignore[attr-defined]
    assert [prior.quantile(p) for p in (0.05, 0.5, 0.95)] == pytest.approx(list(drawn), abs=0.01)  # type: ignore[attr-defined]


def test_what_cannot_be_evaluated_is_said_all_at_once() -> None:
    with pytest.raises(LawError) as caught:
        law("chinchilla").predict({"n_params": -1.0, "tokens": 1.0}, {"E": 1.0, "A": 1.0, "alpha": 0.3, "B": 1.0})
    text = str(caught.value)
    assert "input 'n_tokens' is missing" in text
    assert "'tokens' is not one of the law's. Did you mean 'n_tokens'?" in text
    assert "parameter 'beta' is missing" in text
    assert "n_params must be more than 0 (parameters), not -1" in text


def test_a_misspelt_law_names_the_closest() -> None:
    with pytest.raises(LawError, match="Did you mean 'chinchilla'"):
        law("chinchila")


def test_an_id_gives_its_first_law_and_one_input_laws_can_be_moved() -> None:
    assert law("L1").name == "chinchilla"
    assert law("power_floor", over="n_tokens").inputs == ("n_tokens",)
    with pytest.raises(LawError, match="for laws of one input"):
        law("joint", over="n_tokens")


def test_expressions_that_are_no_laws_are_refused() -> None:
    with pytest.raises(LawError, match="neither a power term nor a formula"):
        Law("flat", floor("E"))
    with pytest.raises(LawError, match="two or more"):
        Law("alone", joined("q", power("A", "alpha", "n_params")))
    with pytest.raises(ValueError, match="one floor"):
        floor("E") + floor("F")
    with pytest.raises(LawError, match="no parameter 'gamma'"):
        Law("odd", power("A", "alpha", "n_params"), priors={"gamma": lognormal(1, 1)})


def test_all_that_is_wrong_with_a_law_is_said_at_once() -> None:
    with pytest.raises(LawError) as refused:
        Law(
            "mine",
            floor("E") + power("run", "alpha", "n_params"),
            priors={"alpha": normal(0.0, 1.0)},
            pooling={"alhpa": "partial", "E": "partail"},
            meanings={"beta": "how fast"},
            ranges={"n_params": (3, 1), "n_tokens": (1, 2)},
        )
    assert refused.value.problems == (
        "'run' is a name of the posterior's own: call the parameter another",
        "pooling.alhpa: the law has no parameter 'alhpa'. Did you mean 'alpha'? Known: E, alpha, run.",
        "meanings.beta: the law has no parameter 'beta'. Known: E, alpha, run.",
        "ranges.n_tokens: the law has no input 'n_tokens'. Known: n_params.",
        "pooling.E: 'partail' is not known. Did you mean 'partial'? Known: free, partial, shared.",
        "priors.alpha: this parameter takes median or logit, not mean",
        "ranges.n_params: 3 is not below 1",
    )


def test_the_catalogue_is_a_table() -> None:
    table = laws()
    assert set(table.index) == set(CATALOGUE)
    assert table["source"].str.len().min() > 10
    assert table.loc["chinchilla", "inputs"] == "n_params, n_tokens"
