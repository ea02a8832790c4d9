"""Dynamic sampling with an ask-tell interface, as in Bayesian optimisation."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.core.arguments import checked
from bayescale.core.text import listing
from bayescale.data.trials import Trials, read_trials
from bayescale.errors import InputError
from bayescale.risk.decisions.dynamic_sampling import (
    fewest_successes,
    least_variance,
    level,
    plug_in_variances,
    require_question,
)
from bayescale.risk.fit import fit_risk

type Array = NDArray[np.float64]
type Index = NDArray[np.int64]


@checked
class DynamicSampler:
    """Choose the next attempts and add their outcomes, in turn.

    Parameters
    ----------
    problems : sequence of str, or what `read_trials` takes
        Names of problems not tried yet, or counts so far (one group: one model under one attack).
    k : int
        Attempts per problem of the pass@k (ASR@k) that is estimated.
    rule : {"variance", "fewest_successes"}, default "variance"
        How attempts are allocated, see `Risk.next_attempts`. "variance" fits the posterior at an `ask` after new
        outcomes; under either rule, problems without attempts come first.
    mixing : str or sequence of str, optional
        Mixing laws of the posterior, as `fit_risk` takes them.
    random_seed : int, default 0
        Seed of the posterior.

    Raises
    ------
    InputError
        For problems, numbers or a rule that cannot be used.

    References
    ----------
    Kazdan et al. (2025), arXiv:2510.05197, section 4.2.

    Examples
    --------
    >>> sampler = DynamicSampler(["a", "b", "c"], k=1000, rule="fewest_successes")
    >>> sampler.ask(4)
    {'a': 2, 'b': 1, 'c': 1}
    >>> sampler.tell("a", attempts=2, successes=1)
    >>> sampler.ask(2)
    {'b': 1, 'c': 1}
    """

    def __init__(
        self,
        problems: object,
        k: int,
        rule: str = "variance",
        *,
        mixing: str | Sequence[str] | None = None,
        random_seed: int = 0,
    ) -> None:
        require_question(k, 1, rule)
        names, attempts, successes = _read_problems(problems)
        self._k, self._rule, self._mixing, self._seed = int(k), rule, mixing, random_seed
        self._index = {name: index for index, name in enumerate(names)}
        self._attempts, self._successes = attempts, successes
        self._variances: Array | None = None

    @property
    def trials(self) -> pd.DataFrame:
        """Counts so far, as `fit_risk` takes them with design="adaptive": `problem`, `attempts`, `successes`."""
        return pd.DataFrame(
            {"problem": list(self._index), "attempts": self._attempts.copy(), "successes": self._successes.copy()}
        )

    def ask(self, attempts: int = 1) -> dict[str, int]:
        """Choose the next attempts.

        Parameters
        ----------
        attempts : int, default 1
            How many to make before the next `ask`; a batch assumes that none of them succeeds.

        Returns
        -------
        dict of str to int
            Attempts by problem, without problems that get none.

        Raises
        ------
        InputError
            For a number that is not whole and positive.
        """
        require_question(self._k, attempts, self._rule)
        untried = np.flatnonzero(self._attempts == 0)
        allocated = np.zeros(len(self._attempts), dtype=np.int64)
        first = min(len(untried), attempts)
        allocated[untried[:first]] = 1
        if attempts > first:
            allocated += self._allocate(self._attempts + allocated, attempts - first)
        names = list(self._index)
        return {names[index]: int(allocated[index]) for index in np.flatnonzero(allocated)}

    def tell(self, problem: str, *, successes: int, attempts: int = 1) -> None:
        """Add the outcome of attempts.

        Parameters
        ----------
        problem : str
            Name of the problem.
        successes : int
            How many of the attempts succeeded.
        attempts : int, default 1
            How many attempts were made. Attempts that did not run are part of neither number.

        Raises
        ------
        InputError
            For an unknown problem, and counts that are impossible.
        """
        if not isinstance(problem, str) or problem not in self._index:
            known = listing([repr(name) for name in self._index])
            raise InputError(f"tell: there is no problem {problem!r}. Problems are {known}.")
        for name, value, least in (("attempts", attempts, 1), ("successes", successes, 0)):
            if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
                raise InputError(f"tell: {name}={value!r} of {problem!r} must be a whole number of {least} or more")
        if successes > attempts:
            raise InputError(f"tell: successes={successes} of {problem!r} is more than the {attempts} attempts")
        index = self._index[problem]
        self._attempts[index] += attempts
        self._successes[index] += successes
        self._variances = None

    def _allocate(self, attempts: Index, total: int) -> Index:
        if self._rule == "fewest_successes":
            return fewest_successes(attempts, self._successes, total)
        if not self._attempts.any():
            return level(attempts, total)
        if self._variances is None:
            risk = fit_risk(self.trials, [], mixing=self._mixing, random_seed=self._seed, design="adaptive")
            self._variances = plug_in_variances(risk, self._k)
        return least_variance(attempts, self._variances, total)


def _read_problems(problems: object) -> tuple[list[str], Index, Index]:
    """Names and counts so far."""
    if isinstance(problems, Sequence) and not isinstance(problems, str) and all(isinstance(n, str) for n in problems):
        repeated = sorted(name for name, count in Counter(problems).items() if count > 1)
        if repeated or not problems:
            raise InputError(f"problems: {f'named twice: {listing(repeated)}' if repeated else 'name at least one'}")
        return list(problems), np.zeros(len(problems), dtype=np.int64), np.zeros(len(problems), dtype=np.int64)
    table = (problems if isinstance(problems, Trials) else read_trials(problems)).grouped([]).table
    attempts, successes = (table[name].to_numpy(dtype=np.int64).copy() for name in ("attempts", "successes"))
    return [str(name) for name in table["problem"]], attempts, successes
