"""Laws written in a file: the same as in Python where they are right, and every problem said where they are not."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bayescale.errors import InputError
from bayescale.scaling.result import Fit
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.link import Scale
from bayescale.scaling_laws.prior import logitnormal, lognormal, normal
from bayescale.scaling_laws.registry import CATALOGUE
from bayescale.scaling_laws.terms import floor, joined, power, term
from bayescale.scaling_laws.toml import read_law
from bayescale.scaling_laws.validation import RESERVED, RESERVED_PREFIXES

type Write = Callable[[str], Path]

WHOLE = """
name = "mine"
response = "error"
scale = "logit"
source = "our notes, 2026"
floor = "E"
q = "q"

[[power]]
amplitude = "A"
exponent = "alpha"
quantity = "n_params * (1 - exp(-bits / w))"

[[power]]
amplitude = "B"
exponent = "beta"
quantity = "n_tokens"

[formula]
text = "k * bits**-g + s * share"

[priors]
E = { logit = -1.0, spread = 0.5 }
alpha = { median = 0.4, spread = 0.2 }
w = { median = 2, spread = 0.4 }
k = { median = 0.1, spread = 1.0 }
g = { median = 2.0, spread = 0.3 }
s = { mean = 0.0, spread = 0.5 }

[meanings]
k = "what one bit costs"

[ranges]
bits = [1, 16]
"""


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a law's file and give its path."""

    def to(text: str) -> Path:
        path = tmp_path / "law.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return to


def problems_of(path: Path) -> tuple[str, ...]:
    with pytest.raises(InputError) as caught:
        read_law(path)
    assert str(path) in str(caught.value)
    assert all(problem in str(caught.value) for problem in caught.value.problems)
    return caught.value.problems


def test_file_and_python_give_the_same_law(write: Write) -> None:
    ours = Law(
        "mine",
        floor("E")
        + joined("q", power("A", "alpha", "n_params * (1 - exp(-bits / w))"), power("B", "beta", "n_tokens"))
        + term("k * bits**-g + s * share"),
        source="our notes, 2026",
        scale=Scale("logit"),
        response="error",
        priors={
            "E": logitnormal(-1.0, 0.5),
            "alpha": lognormal(0.4, 0.2),
            "w": lognormal(2.0, 0.4),
            "k": lognormal(0.1, 1.0),
            "g": lognormal(2.0, 0.3),
            "s": normal(0.0, 0.5),
        },
        meanings={"k": "what one bit costs"},
        ranges={"bits": (1.0, 16.0)},
    )
    read = read_law(write(WHOLE))
    assert read == ours
    assert read.to_json() == ours.to_json()
    assert read.inputs == ("n_params", "bits", "n_tokens", "share")
    inputs = {"n_params": np.array([1e8, 1e9]), "bits": 4.0, "n_tokens": 1e10, "share": 0.3}
    values = {"E": 0.1, "A": 30.0, "alpha": 0.3, "B": 20.0, "beta": 0.3, "q": 0.8, "w": 2.0, "k": 0.1, "g": 2, "s": 0.2}
    given, expected = read.predict(inputs, values), ours.predict(inputs, values)
    assert np.array_equal(given, expected)
    assert (np.diff(given) < 0).all()


def test_defaults_are_those_of_python(write: Write) -> None:
    read = read_law(write('name = "m"\n[[power]]\namplitude = "A"\nexponent = "a"\nquantity = "flops"'))
    assert read == Law("m", power("A", "a", "flops"))
    formula = read_law(write('name = "m"\nfloor = "E"\n[formula]\ntext = """\nexp(\n  -x)"""'))
    assert formula == Law("m", floor("E") + term("exp( -x)"))


def test_the_law_in_the_guide_is_valid(write: Write) -> None:
    guide = (Path(__file__).parents[2] / "docs" / "guide.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```toml\n(.*?)```", guide, re.DOTALL)
    assert read_law(write(block)).inputs == ("n_params", "bits")


POWER = '[[power]]\namplitude = "A"\nexponent = "alpha"\nquantity = "n_params"\n'
HEAD = 'name = "mine"\n'
TWO = HEAD + 'q = "q"\n' + POWER + POWER.replace("A", "B").replace("n_params", "n_tokens")
BARE = HEAD + POWER  # a valid law, to which each case adds one problem
K = '[formula]\ntext = "k / bits"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('sorce = "x"\n' + BARE, "unknown key 'sorce'. Did you mean 'source'?"),
        (POWER, 'name is missing: add a line such as name = "my law"'),
        ("name = 3\n" + POWER, "name: must be text, not 3"),
        ('name = " "\n' + POWER, "name: must be text, not ' '"),
        ('name = "joint"\n' + POWER, "name 'joint' is a name or an id of the catalogue: choose another name"),
        ('name = "L10"\n' + POWER, "name 'L10' is a name or an id of the catalogue: choose another name"),
        ('scale = "logs"\n' + BARE, "scale 'logs' is not known. Did you mean 'log'?"),
        ('response = "family"\n' + BARE, "response 'family' is not a measured number"),
        ('response = "n_params"\n' + BARE, "'n_params' is the response and also a name in a formula"),
        ("response = true\n" + BARE, "response: must be text, not True"),
        ('floor = "E 1"\n' + BARE, "floor: must be a name of letters, digits and _, not 'E 1'"),
        ('floor = "A"\n' + BARE, "'A' has two roles"),
        ('floor = "spread"\n' + BARE, "'spread' is a name that posteriors use themselves: rename the parameter"),
        ('q = "q"\n' + BARE, "q joins two or more power terms, not 1"),
        (HEAD, "neither [[power]] nor [formula]: a constant is not a scaling law. Add one of them"),
        (BARE.replace("[[power]]", "[power]"), "power: must be [[power]], with two brackets"),
        (HEAD + "power = [3]", "power 1: must be a table with amplitude, exponent, quantity, not 3"),
        (BARE.replace("exponent", "exponnent"), "unknown key 'exponnent' in power 1. Did you mean 'exponent'?"),
        (BARE.replace("exponent", "exponnent"), "power 1: exponent is missing"),
        (BARE.replace('"alpha"', "0.3"), "power 1.exponent: must be a name of letters, digits and _, not 0.3"),
        (BARE.replace("n_params", "n_params +"), "power 1.quantity: formula 'n_params +' is not valid arithmetic"),
        (BARE.replace("n_params", "A * n_params"), "must contain an input, and no floor or amplitude"),
        (BARE + POWER, "'A' has two roles"),
        (BARE.replace("[[power]]", "formula = 3\n[[power]]"), "formula: must be a table, [formula], not 3"),
        (BARE + "[formula]", "formula: text is missing"),
        (BARE + '[formula]\ntext = ""', "formula.text: must be text, not ''"),
        (BARE + '[formula]\ntext = "open(n_params)"', "no function is called 'open'"),
        (BARE + '[formula]\ntext = "n_params.real"', "'n_params.real' is not allowed"),
        (BARE + f'[formula]\ntext = "bits * 1{"0" * 400}"', "a number lies between -1e300 and 1e300"),
        (BARE + '[formula]\ntxt = "bits"', "unknown key 'txt' in formula. Did you mean 'text'?"),
        (HEAD + K + "[priors]\nk = {median = 1, spread = 1}\nbits = {median = 1, spread = 1}", "no input: every name"),
        (HEAD + '[formula]\ntext = "family * 2"', "input 'family' is a column of labels"),
        (BARE + "[priors]\nk = {median = 1, spread = 1}", "priors.k: the law has no parameter 'k'."),
        (BARE + "[priors]\nalhpa = {median = 1, spread = 1}", "Did you mean 'alpha'?"),
        (BARE + K + "[priors]\nk = 3", "priors.k: must be a table such as { median = 0.1, spread = 1.0 }, not 3"),
        (BARE + K + "[priors]\nk = {spread = 1}", "and logit (logit-normal), not none"),
        (BARE + K + "[priors]\nk = {median = 1, mean = 1, spread = 1}", "not median and mean"),
        (BARE + K + "[priors]\nk = {median = 1}", "priors.k: spread is missing"),
        (BARE + K + "[priors]\nk = {medain = 1, spread = 1}", "in priors.k. Did you mean 'median'?"),
        (BARE + K + "[priors]\nk = {median = 0, spread = 1}", "priors.k.median: must be more than 0, not 0"),
        (BARE + K + "[priors]\nk = {mean = 0, spread = -1}", "priors.k.spread: must be more than 0, not -1"),
        (BARE + K + "[priors]\nk = {mean = true, spread = 1}", "priors.k.mean: must be a finite number, not True"),
        (BARE + K + "[priors]\nk = {mean = nan, spread = 1}", "priors.k.mean: must be a finite number, not nan"),
        (BARE + K + f"[priors]\nk = {{mean = 1{'0' * 400}, spread = 1}}", "priors.k.mean: a whole number lies between"),
        (
            BARE + K + "[priors]\nk = {median = 1, spread = 1e4}",
            "priors.k: the quantiles at 0.1 % and 99.9 %",
        ),
        (
            BARE + "[priors]\nalpha = {mean = 0.3, spread = 1}",
            "takes a prior by median or logit, not by mean",
        ),
        (
            BARE + "[priors]\nA = {logit = 0, spread = 1}",
            "takes a prior by median, not by logit",
        ),
        (
            TWO + "[priors]\nA = {median = 1, spread = 1}",
            "takes a prior by logit, not by median",
        ),
        (
            TWO + "[priors]\nq = {mean = 1, spread = 1}",
            "takes a prior by median or logit, not by mean",
        ),
        (BARE + "[meanings]\nalpha = 3", "meanings.alpha: must be text, not 3"),
        (BARE + '[meanings]\nn_params = "size"', "meanings.n_params: the law has no parameter 'n_params'."),
        (BARE + "[ranges]\nalpha = [1, 2]", "ranges.alpha: the law has no input 'alpha'. Known: n_params."),
        (BARE + "[ranges]\nn_params = [2, 1]", "ranges.n_params: the low end 2 is not below the high end 1"),
        (BARE + "[ranges]\nn_params = [0, 1]", "ranges.n_params: n_params must be more than 0 (parameters), not 0"),
        (BARE + "[ranges]\nn_params = 7", "ranges.n_params: must be two numbers, [low, high], not 7"),
        (BARE + '[ranges]\nn_params = ["1", 2]', "ranges.n_params: must be a finite number, not '1'"),
    ],
)
def test_each_problem_is_reported(write: Write, text: str, message: str) -> None:
    assert any(message in problem for problem in problems_of(write(text)))


def test_the_bases_of_the_cases_are_valid(write: Write) -> None:
    assert read_law(write(BARE)).inputs == ("n_params",)
    assert read_law(write(TWO)).inputs == ("n_params", "n_tokens")
    assert read_law(write(BARE + K + "[priors]\nk = {median = 1, spread = 1}")).inputs == ("n_params", "bits")


def test_all_problems_are_reported_at_once(write: Write) -> None:
    text = WHOLE.replace('name = "mine"', 'nmae = "mine"').replace('"logit"', '"lgoit"').replace("2.0", "-2.0")
    text = text.replace("[1, 16]", "[16, 1]").replace("k = { median", "kk = { median").replace('"what', '3 #"what')
    report = "\n".join(problems_of(write(text)))
    for message in (
        "unknown key 'nmae'. Did you mean 'name'?",
        "name is missing",
        "scale 'lgoit' is not known",
        "priors.g.median: must be more than 0",
        "priors.kk: the law has no parameter 'kk'",
        "meanings.k: must be text, not 3",
        "meanings.k: the law has no parameter 'k'",
        "ranges.bits: the low end 16 is not below the high end 1",
    ):
        assert message in report
    assert len(report.splitlines()) == 8


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'name = "x"\nscale = \n', "line 2"),
        (b"name = '\xff'", "is not UTF-8 text (byte 8)"),
        (b"a = " + b"[" * 5000, "is not TOML"),
        (b"#" * 1_000_001, "at most 1000000 bytes"),
        (b"a = " + b"9" * 5000, "is not TOML"),
    ],
)
def test_a_file_that_is_not_toml_is_refused(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "law.toml"
    path.write_bytes(data)
    with pytest.raises(InputError, match=re.escape(str(path))) as caught:
        read_law(path)
    assert message in str(caught.value)


def test_an_unreadable_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.toml cannot be read: No such file"):
        read_law(tmp_path / "none.toml")
    with pytest.raises(InputError, match="cannot be read"):
        read_law(tmp_path)


def test_reserved_names_are_those_of_a_posterior(joint_fit: Fit) -> None:
    posterior = joint_fit.tree["posterior"].to_dataset()
    names = {str(name) for name in (*posterior.variables, *posterior.dims)} - {*joint_fit.law.parameter_names}
    free = {name for name in names if name not in RESERVED and not name.startswith(RESERVED_PREFIXES)}
    assert free == {"population_parameter", "pooled_parameter"}


def test_catalogue_laws_round_trip_through_a_file(write: Write) -> None:
    """Every entry that a file can hold: amplitude form, no link."""
    held = [law for law in CATALOGUE.values() if law.link.name == "identity"]
    held = [law for law in held if all(power.form == "amplitude" for power in law.expression.powers)]
    assert len(held) > 40
    for law in held:
        assert read_law(write(_file_of(law))).expression == law.expression, law.name


def _file_of(law: Law) -> str:
    expression, kinds = law.expression, {"log": "median", "identity": "mean", "logit": "logit"}
    lines = [f'name = "my {law.name}"', f'response = "{law.response}"', f'scale = "{law.scale.name}"']
    lines += [f'floor = "{expression.floor}"'] if expression.floor else []
    lines += [f'q = "{expression.aggregate.q}"'] if expression.aggregate and expression.aggregate.q else []
    for power_term in expression.powers:
        lines += ["[[power]]", f'amplitude = "{power_term.amplitude}"', f'exponent = "{power_term.exponent}"']
        lines += [f'quantity = "{power_term.quantity.text}"']
    lines += ["[formula]", f'text = "{expression.extra.text}"'] if expression.extra else []
    lines += ["[priors]"]
    for name, prior in law.priors.items():
        at = float(prior.natural(prior.location)) if prior.scale == "log" else prior.location
        lines.append(f"{name} = {{ {kinds[prior.scale]} = {at!r}, spread = {prior.spread!r} }}")
    return "\n".join(lines)
