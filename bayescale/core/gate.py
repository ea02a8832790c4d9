"""Criteria of the publication gate, which retries of the sampler, checks and risk posteriors share."""

from dataclasses import dataclass

from bayescale.core.checks import CheckResult

MOST_RHAT = 1.01  # Vehtari et al. 2021, arXiv 1903.08008, as is the effective sample size
LEAST_ESS = 400.0
LEAST_BFMI = 0.3  # Betancourt 2016, arXiv 1604.00695
MOST_PARETO_K = 0.7  # of importance weights, Vehtari et al. 2024, arXiv 1507.02646


@dataclass(frozen=True)
class Criterion:
    """One criterion of the publication gate.

    Parameters
    ----------
    check : str
        Name of the check in the table of results.
    figure : str
        Name of the figure that is compared with the threshold.
    threshold : float
        The threshold.
    at_most : bool
        Whether the figure must be at most the threshold; otherwise it must be at least the threshold.
    description : str
        What the figure is.
    if_passed, if_failed : str
        What a figure that passes, and one that fails, means.
    """

    check: str
    figure: str
    threshold: float
    at_most: bool
    description: str
    if_passed: str
    if_failed: str

    def passes(self, value: float) -> bool:
        """Check whether a figure meets the criterion.

        Parameters
        ----------
        value : float
            The figure. NaN does not meet any criterion.

        Returns
        -------
        bool
            Whether it does.
        """
        return bool(value <= self.threshold if self.at_most else value >= self.threshold)

    def statement(self, value: float, quantity: str = "") -> str:
        """Describe a figure and, where it fails, the threshold.

        Parameters
        ----------
        value : float
            The figure.
        quantity : str, default ""
            Name of the quantity that has this figure.

        Returns
        -------
        str
            Such as "the largest R-hat is 1.034 (alpha[pile]), above 1.01".
        """
        place = f" ({quantity})" if quantity else ""
        limit = f", {'above' if self.at_most else 'below'} {self.threshold:g}" if not self.passes(value) else ""
        return f"{self.description} is {value:.4g}{place}{limit}"

    def result(self, value: float, quantity: str = "") -> CheckResult:
        """Compare a figure with the threshold.

        Parameters
        ----------
        value : float
            The figure.
        quantity : str, default ""
            Name of the quantity that has this figure.

        Returns
        -------
        CheckResult
            The result of the check.
        """
        passed = self.passes(value)
        meaning = f"{self.statement(value, quantity)}: {self.if_passed if passed else self.if_failed}"
        return CheckResult(value, self.threshold, meaning, passed, check=self.check)


#: Criteria of draws of any Markov chains.
DRAW_CRITERIA = (
    Criterion(
        "R-hat",
        "rhat",
        MOST_RHAT,
        True,
        "the largest R-hat",
        "the chains agree",
        "the chains disagree; tune and sample longer",
    ),
    Criterion(
        "ESS bulk",
        "ess_bulk",
        LEAST_ESS,
        False,
        "the smallest bulk effective sample size",
        "medians are precise",
        "there are too few independent draws for medians; take more draws",
    ),
    Criterion(
        "ESS tail",
        "ess_tail",
        LEAST_ESS,
        False,
        "the smallest tail effective sample size",
        "intervals are precise",
        "there are too few independent draws for intervals; take more draws",
    ),
)

#: Criteria of draws of a gradient-based sampler.
CHAIN_CRITERIA = (
    *DRAW_CRITERIA,
    Criterion(
        "divergences",
        "divergences",
        0.0,
        True,
        "the number of divergent transitions",
        "nothing suggests that a part of the posterior was not explored",
        "a part of the posterior was not explored; raise target_accept or use firmer priors",
    ),
    Criterion(
        "E-BFMI",
        "bfmi",
        LEAST_BFMI,
        False,
        "the smallest E-BFMI of a chain",
        "the energies are explored",
        "heavy tails are explored too slowly; use firmer priors or fewer free parameters",
    ),
)

#: Criteria of a posterior that was re-weighted, which has no chains to compare.
WEIGHT_CRITERIA = (
    Criterion(
        "Pareto k̂ of the weights",
        "pareto_k",
        MOST_PARETO_K,
        True,
        "Pareto k̂ of the importance weights",
        "the weights are even enough",
        "few draws have most of the weight; fit again",
    ),
    Criterion(
        "effective size of the weights",
        "effective_size",
        LEAST_ESS,
        False,
        "the effective sample size of the importance weights",
        "medians and intervals are precise",
        "few draws have most of the weight; fit again",
    ),
)


def weight_results(pareto_k: float, effective_size: float) -> tuple[CheckResult, ...]:
    """Compare importance weights with the gate of a re-weighted posterior, which has no chains to compare.

    Parameters
    ----------
    pareto_k : float
        Pareto k̂ of the weights.
    effective_size : float
        Effective sample size of the weighted draws.

    Returns
    -------
    tuple of CheckResult
        The checks of the gate, passed and failed.
    """
    figures = {"pareto_k": pareto_k, "effective_size": effective_size}
    return tuple(criterion.result(figures[criterion.figure]) for criterion in WEIGHT_CRITERIA)
