"""Laws of mixtures against their formulas, and `mixture_law` for any domains."""

import numpy as np
import pytest

from bayescale.errors import InputError, LawError
from bayescale.scaling_laws.catalog.data_mixing import FORMS, mixture_law
from bayescale.scaling_laws.registry import law

WEIGHTS = {"weight_web": 0.7, "weight_code": 0.3}
SIZES = {"n_params": 1e9, "n_tokens": 2e10}
CHINCHILLA = {"E": 1.7, "A": 400.0, "alpha": 0.34, "B": 410.0, "beta": 0.28}
MIXING = {"C_web": 2.0, "C_code": 5.0, "gamma_web": 0.5, "gamma_code": 0.2}
SCALE = 1.7 + 400 / 1e9**0.34 + 410 / 2e10**0.28


def test_exponential_law_is_that_of_the_source() -> None:
    values = {"c": 1.2, "k": 0.8, "g": 2.0, "s_web": 0.5, "s_code": -0.25}
    predicted = mixture_law("mixture_exponential", ["web", "code"]).predict(WEIGHTS, values)
    assert predicted == pytest.approx(1.2 + 0.8 * np.exp(-1.0 * 0.7 + 0.5 * 0.3), rel=1e-12)


def test_exponential_law_reproduces_losses_of_the_authors() -> None:
    """Losses on GitHub of 70M models after 30,000 steps, at shares of GitHub beside Pile-CC, in the authors' data.

    Their notebook prints t = -1.6405 and log k = -0.6819. It prints no c, so that differences are compared.
    """
    losses = {0.25: 1.4443, 0.375: 1.3860, 0.625: 1.2936, 0.75: 1.2568}
    entry = mixture_law("mixture_exponential", ["github", "pile_cc"])
    values = {"c": 0.0, "k": np.exp(-0.6819), "g": 1.6405, "s_github": 1.0, "s_pile_cc": 0.0}
    predicted = [entry.predict({"weight_github": r, "weight_pile_cc": 1 - r}, values) for r in losses]
    observed = np.array(list(losses.values()))
    np.testing.assert_allclose(np.asarray(predicted) - np.mean(predicted), observed - observed.mean(), atol=0.003)


def test_additive_law_is_that_of_the_source() -> None:
    predicted = mixture_law("mixture_additive", ["web", "code"]).predict(WEIGHTS | SIZES, CHINCHILLA | MIXING)
    assert predicted == pytest.approx(SCALE + 1 / (2 * 0.7**0.5 + 5 * 0.3**0.2), rel=1e-12)


def test_joint_law_is_that_of_the_source() -> None:
    parts = {"S_web": 2.0, "S_code": 0.5, "G_S": 0.8, "T_web": 1.0, "T_code": 3.0, "G_T": 1.5}
    predicted = mixture_law("mixture_joint", ["web", "code"]).predict(WEIGHTS | SIZES, CHINCHILLA | MIXING | parts)
    size, data = (2 * 0.7 + 0.5 * 0.3) ** (-0.8 * 0.34), (0.7 + 3 * 0.3) ** (-1.5 * 0.28)
    expected = 1.7 + 1 / (2 * 0.7**0.5 + 5 * 0.3**0.2) + 400 * size / 1e9**0.34 + 410 * data / 2e10**0.28
    assert predicted == pytest.approx(expected, rel=1e-12)


def test_effective_law_of_one_useful_domain_is_chinchilla() -> None:
    alone = {"weight_web": 1.0, "weight_code": 0.0}
    parts = {"S_web": 1.0, "S_code": 7.0, "T_web": 1.0, "T_code": 9.0}
    predicted = mixture_law("mixture_effective", ["web", "code"]).predict(alone | SIZES, CHINCHILLA | parts)
    assert predicted == pytest.approx(law("chinchilla").predict(SIZES, CHINCHILLA), rel=1e-12)


def test_checkpoints_approach_the_effective_law() -> None:
    parts = {"S_web": 1.0, "S_code": 7.0, "T_web": 1.0, "T_code": 9.0}
    early = {"F": 1e3, "phi": 2.0, "kappa": 0.5}
    effective = mixture_law("mixture_effective", ["web", "code"])
    checkpoints = mixture_law("mixture_checkpoints", ["web", "code"])
    for tokens, tolerance in ((1e5, 0.0), (1e12, 1e-3)):
        at = WEIGHTS | SIZES | {"n_tokens": tokens}
        excess = checkpoints.predict(at, CHINCHILLA | parts | early) - effective.predict(at, CHINCHILLA | parts)
        assert excess == pytest.approx(1e3 * (tokens / 1e9**0.5) ** -2, rel=1e-6)
        assert tolerance == 0.0 or excess < tolerance


@pytest.mark.parametrize("name", FORMS)
def test_law_takes_the_weights_of_any_domains(name: str) -> None:
    entry = mixture_law(name, ["weight_a", "b", "c"])
    assert {"weight_a", "weight_b", "weight_c"} <= set(entry.inputs)
    of_domain = [parameter for parameter in entry.parameter_names if parameter.endswith(("_a", "_b", "_c"))]
    assert len(of_domain) >= 3
    assert {entry.pooling[parameter] for parameter in of_domain} == {"free"}


@pytest.mark.parametrize("domains", [[], ["web"], ["web", "web"], ["web", "weight_web"]])
def test_domains_that_make_no_mixture_are_refused(domains: list[str]) -> None:
    with pytest.raises(InputError, match="two or more different names"):
        mixture_law("mixture_effective", domains)


def test_unknown_form_is_refused_with_the_closest() -> None:
    with pytest.raises(LawError, match="mixture_joint"):
        mixture_law("mixture_join", ["web", "code"])
