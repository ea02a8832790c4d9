"""Laws of the loss of one domain in the weights of a training mixture: `mixture_law` writes them for any domains."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bayescale.core.arguments import checked
from bayescale.data.quantities import WEIGHT_PREFIX
from bayescale.errors import InputError, LawError, closest
from bayescale.scaling_laws.expression import Expression
from bayescale.scaling_laws.input_definitions import PARAMETERS, TOKENS_SEEN
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.prior import Prior, logitnormal, lognormal, normal
from bayescale.scaling_laws.terms import floor, power, term

#: Domains of the catalogue's entries: the three of Ye et al. 2024, section 3.
DOMAINS = ("github", "pile_cc", "books3")
LEAST_WEIGHT = 1e-6  # keeps the derivative of a power of a weight finite where a domain is left out
SHARE = "share of the training tokens from this domain; the shares of a row sum to 1"
RANGES = {"n_params": (1e7, 1e11), "n_tokens": (1e8, 1e13)}
SIZE_COUNTS = {"n_params": PARAMETERS, "n_tokens": TOKENS_SEEN}

type Domains = Sequence[str]


@dataclass(frozen=True)
class Texts:
    """What a law says about itself.

    Attributes
    ----------
    source, regime, pitfalls, notation : str
        The fields of `Law`.
    """

    source: str
    regime: str
    pitfalls: str
    notation: str = ""


def _sum(coefficient: str, domains: Domains) -> str:
    """Formula of a sum of weights with coefficients."""
    return " + ".join(f"{coefficient}_{domain} * {WEIGHT_PREFIX}{domain}" for domain in domains)


def _each(coefficients: str, domains: Domains, prior: Prior) -> dict[str, Prior]:
    """The same prior for the coefficients of every domain."""
    return {f"{letter}_{domain}": prior for letter in coefficients.split() for domain in domains}


def _saturating(domains: Domains) -> str:
    """Formula of the part of the loss that only the mixture determines, in Shukor et al."""
    parts = [f"C_{domain} * max({WEIGHT_PREFIX}{domain}, {LEAST_WEIGHT})**gamma_{domain}" for domain in domains]
    return f"1 / ({' + '.join(parts)})"


def _law(
    name: str,
    expression: Expression,
    domains: Domains,
    priors: dict[str, Prior],
    meanings: dict[str, str],
    texts: Texts,
) -> Law:
    """A law of these domains. Families are measured losses: they share exponents, not levels and domains."""
    sizes = [name for name in SIZE_COUNTS if name in expression.names]
    weights = [WEIGHT_PREFIX + domain for domain in domains]
    levels = [expression.floor or "", *(power.amplitude for power in expression.powers)]
    of_domain = {
        parameter: meanings[parameter.split("_")[0]] + f" of {parameter.partition('_')[2]}"
        for parameter in priors
        if parameter not in meanings
    }
    return Law(
        name,
        expression,
        id="L45",
        priors=priors,
        pooling=dict.fromkeys((*of_domain, *levels), "free") | ({"phi": "shared"} if "phi" in priors else {}),
        meanings={**of_domain, **{key: text for key, text in meanings.items() if key in priors}},
        counts={**{size: SIZE_COUNTS[size] for size in sizes}, **dict.fromkeys(weights, SHARE)},
        ranges={**{size: RANGES[size] for size in sizes}, **dict.fromkeys(weights, (0.0, 1.0))},
        source=texts.source,
        regime=texts.regime,
        pitfalls=texts.pitfalls,
        notation=texts.notation,
    )


def _exponential(domains: Domains) -> Law:
    return _law(
        "mixture_exponential",
        # a power term of exponent g, so that it has data-centred coordinates: t of the source is -g * s
        floor("c") + power("k", "g", f"exp({_sum('s', domains)})"),
        domains,
        {"g": lognormal(1.0, 0.5)} | _each("s", domains, normal(0.0, 1.0)),
        {"g": "size of the effects of the weights", "s": "effect of the weight, in units of g,"},
        Texts(
            source="Ye et al. 2024, arXiv 2403.16952: L_i = c_i + k_i exp(sum_j t_ij r_j), where t = -g s",
            regime="Runs of one size and one number of tokens, whose mixtures differ.",
            pitfalls="As the weights sum to 1, a constant added to every s is the same as a factor of k: only "
            "differences between the s are identified, and only in units of g. Sizes and tokens must be the same in "
            "all rows.",
            notation=r"L_i = c_i + k_i \exp\left(\sum_j t_{ij} r_j\right)",
        ),
    )


def _additive(domains: Domains) -> Law:
    return _law(
        "mixture_additive",
        floor("E") + power("A", "alpha", "n_params") + power("B", "beta", "n_tokens") + term(_saturating(domains)),
        domains,
        _each("C", domains, lognormal(2.0, 1.0)) | _each("gamma", domains, lognormal(0.5, 0.5)),
        {"C": "worth of the weight", "gamma": "exponent of the weight"},
        Texts(
            source="Shukor et al. 2025, arXiv 2507.09404, additive law: E + 1/sum_i C_i h_i^gamma_i + A/N^alpha + "
            "B/D^beta",
            regime="Runs of several sizes and mixtures. The best mixture is the same at every size.",
            pitfalls="Mixture and scale add: the law cannot say that the effect of a mixture shrinks with scale. "
            f"Weights below {LEAST_WEIGHT:g} count as {LEAST_WEIGHT:g}.",
            notation=r"L = E + \frac{1}{\sum_i C_i h_i^{\gamma_i}} + \frac{A}{N^\alpha} + \frac{B}{D^\beta}",
        ),
    )


def _joint(domains: Domains) -> Law:
    return _law(
        "mixture_joint",
        floor("E")
        + power("A", "alpha", f"n_params * ({_sum('S', domains)})**G_S")
        + power("B", "beta", f"n_tokens * ({_sum('T', domains)})**G_T")
        + term(_saturating(domains)),
        domains,
        {"G_S": lognormal(1.0, 0.5), "G_T": lognormal(1.0, 0.5)}
        | _each("C", domains, lognormal(2.0, 1.0))
        | _each("gamma", domains, lognormal(0.5, 0.5))
        | _each("S T", domains, lognormal(1.0, 1.0)),
        {
            "C": "worth of the weight",
            "gamma": "exponent of the weight",
            "S": "worth of the weight for the term of size, relative to the other domains,",
            "T": "worth of the weight for the term of data, relative to the other domains,",
            "G_S": "exponent of the mixture's effect on effective parameters",
            "G_T": "exponent of the mixture's effect on effective tokens",
        },
        Texts(
            source="after Shukor et al. 2025, arXiv 2507.09404, joint law: A and B of the additive law depend on h, "
            "here as powers of weighted sums, which multiply parameters and tokens",
            regime="Runs of several sizes and mixtures. The best mixture depends on size and tokens.",
            pitfalls="Five parameters a domain: many mixtures are needed. Factors common to all S, or to all T, are "
            "not identified and only follow their priors.",
            notation=r"L = E + \frac{1}{\sum_i C_i h_i^{\gamma_i}} + \frac{A^h}{N^\alpha} + \frac{B^h}{D^\beta},"
            r"\quad A^h = \left(\sum_i C_i^A h_i\right)^{\gamma^A}",
        ),
    )


def _effective(domains: Domains) -> Law:
    return _law(
        "mixture_effective",
        floor("E")
        + power("A", "alpha", f"n_params * ({_sum('S', domains)})")
        + power("B", "beta", f"n_tokens * ({_sum('T', domains)})"),
        domains,
        _each("S T", domains, lognormal(1.0, 1.0)),
        {
            "S": "worth of the weight in effective parameters, relative to the other domains,",
            "T": "worth of the weight in effective tokens, relative to the other domains,",
        },
        Texts(
            source="domain-size law chosen here, after Dai and Zheng 2026 (Explaining Data Mixing Scaling Laws): "
            "domains compete for parameters and share tokens. A joint law of Shukor et al. 2025, arXiv 2507.09404, of "
            "gamma = -exponent and no term of the mixture alone",
            regime="Per-domain losses of runs of several sizes and mixtures: a domain is trained with the effective "
            "parameters and tokens that the weights give to it. Convex in the weights.",
            pitfalls="A factor common to all S, or to all T, is not identified and only follows its prior; ratios "
            "are. Repeated tokens count as fresh ones. Only the end of runs of one schedule is comparable: checkpoints "
            "before the learning rate falls lie above the law.",
        ),
    )


def _checkpoints(domains: Domains) -> Law:
    return _law(
        "mixture_checkpoints",
        floor("E")
        + power("A", "alpha", f"n_params * ({_sum('S', domains)})")
        + power("B", "beta", f"n_tokens * ({_sum('T', domains)})")
        + power("F", "phi", "n_tokens / n_params**kappa"),
        domains,
        {"phi": lognormal(2.0, 0.4), "kappa": logitnormal(0.0, 1.0)} | _each("S T", domains, lognormal(1.0, 1.0)),
        {
            "S": "worth of the weight in effective parameters, relative to the other domains,",
            "T": "worth of the weight in effective tokens, relative to the other domains,",
            "phi": "how fast the excess loss of early checkpoints falls",
            "kappa": "exponent of size in the length of a run, at which the excess loss is the same",
        },
        Texts(
            source="mixture_effective (after arXiv 2507.09404) and a term for checkpoints before the end of a run, "
            "chosen here: the excess loss falls with tokens over a length of run that grows with size",
            regime="Checkpoints of runs of several sizes and mixtures whose lengths grow with size, on one schedule "
            "of the learning rate that scales with the length.",
            pitfalls="As mixture_effective. At the end of runs the term is small; beyond their length it says "
            "nothing of a longer schedule.",
        ),
    )


FORMS: dict[str, Callable[[Domains], Law]] = {
    "mixture_exponential": _exponential,
    "mixture_additive": _additive,
    "mixture_joint": _joint,
    "mixture_effective": _effective,
    "mixture_checkpoints": _checkpoints,
}


@checked
def mixture_law(name: str, domains: Sequence[str]) -> Law:
    """Write a mixture law for the domains of a table.

    Parameters
    ----------
    name : {"mixture_exponential", "mixture_additive", "mixture_joint", "mixture_effective", "mixture_checkpoints"}
        Law of the catalogue.
    domains : sequence of str
        Names of the domains: the inputs are their weights, `weight_<domain>`.

    Returns
    -------
    Law
        The law of these domains.

    Raises
    ------
    LawError
        If there is no such mixture law, or a name makes no valid input.
    InputError
        If there are fewer than two domains, or a domain is named twice.

    References
    ----------
    Ye et al. (2024), arXiv:2403.16952. Shukor et al. (2025), arXiv:2507.09404.
    """
    if name not in FORMS:
        raise LawError(f"name={name!r} is no mixture law.{closest(name, FORMS)}")
    names = [str(domain).removeprefix(WEIGHT_PREFIX) for domain in domains]
    if len(set(names)) < 2 or len(set(names)) < len(names):
        raise InputError(f"domains={list(domains)!r} must be two or more different names")
    return FORMS[name](names)


LAWS: tuple[Law, ...] = tuple(form(DOMAINS) for form in FORMS.values())
