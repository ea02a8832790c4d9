"""The sampling design: what decided how many attempts a problem got, and what may be concluded from it.

The likelihood of successes among attempts is the same under every design. The order of attempts is not: where sampling
stops at a success the successes come last, so that drawing N of the n attempts without replacement, as exact estimators
do, is biased upwards. A design is declared or inferred, group by group and problem by problem.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr
from scipy.stats import rankdata

from bayescale.core.text import listing
from bayescale.errors import InputError, closest

type Index = NDArray[np.int64]
type Whole = NDArray[np.int64]

#: What a number of attempts may depend on.
DESIGNS: Mapping[str, str] = {
    "fixed": "the number of attempts was set before any outcome was seen",
    "until_success": "sampling stopped at the first success, or after the batch of attempts that held it",
    "adaptive": "the number of attempts depended on outcomes in another way, such as a second stage for the unsolved",
}

CHANCE = 1e-3  # of such a fall of rates with attempts, if attempts were fixed: below it the design is not fixed
FEW_ROWS = 8  # problems below which that chance says nothing
DISTINCT = 3  # different numbers of attempts among broken problems that make a pattern
DISTINCT_BATCHES = 4  # the same where attempts come in batches: stages of a study have fewer
SHARED = 3  # problems per number of attempts that make it a number fixed in advance


@dataclass(frozen=True, eq=False)
class Design:
    """How problems were sampled.

    kind      (n_problems,): a key of `DESIGNS`, by problem.
    batch     (n_problems,): attempts made at a time where sampling stopped at a success; 0 elsewhere.
    declared  whether the user said so; otherwise it is inferred from the counts.
    """

    kind: tuple[str, ...]
    batch: Index
    declared: bool

    def of(self, kind: str) -> NDArray[np.bool_]:
        """Which problems were sampled so: (n_problems,)."""
        return np.array([name == kind for name in self.kind], dtype=bool)


def read_design(design: object) -> str | None:
    """The name of a design, or None to infer it. Raises InputError for anything else."""
    if design is None or (isinstance(design, str) and design in DESIGNS):
        return design
    known = "; ".join(f"{name!r}: {meaning}" for name, meaning in DESIGNS.items())
    hint = closest(design, DESIGNS) if isinstance(design, str) else ""
    raise InputError(f"design={design!r} is not known.{hint} It is one of {known}. Without it the design is inferred.")


def design_of(attempts: Whole, successes: Whole, errors: Whole, group: Index, declared: str | None) -> Design:
    """The design of every problem, declared for all of them or inferred group by group; arguments (n_problems,).

    Raises InputError where "until_success" is declared and the counts of a problem contradict it.
    """
    kind = np.full(len(attempts), declared or "fixed", dtype=object)
    batch = np.zeros(len(attempts), dtype=np.int64)
    contradicted: list[int] = []
    for place in np.unique(group):
        mine = np.flatnonzero(group == place)
        n, s, calls = attempts[mine], successes[mine], attempts[mine] + errors[mine]
        if declared is None:
            kind[mine], batch[mine] = inferred(n, s, calls)
        elif declared == "until_success":
            batch[mine] = _batch(n, s, calls)
            contradicted += mine[(s > 1) & (batch[mine] == 0)].tolist()
    if contradicted:
        shown = listing([f"{successes[i]} of {attempts[i]} (problem {i + 1})" for i in contradicted])
        raise InputError(
            f"design='until_success' does not fit these counts: {shown}. Sampling that stops at the first success "
            "leaves one success, or no more than one batch of attempts holds; give design='adaptive' where the number "
            "of attempts depended on outcomes in another way, design='fixed' where it did not"
        )
    return Design(tuple(map(str, kind)), batch, declared is not None)


def inferred(attempts: Whole, successes: Whole, calls: Whole) -> tuple[NDArray[np.object_], Index]:
    """The likely design of every problem of one group, and its batches; `calls` are attempts and errors together.

    Attempts are taken as fixed unless success rates fall with the number of attempts more steeply than chance
    explains: an attempt that is decided in advance knows no outcome.
    """
    kind = np.full(len(attempts), "fixed", dtype=object)
    batch = np.zeros(len(attempts), dtype=np.int64)
    ran = np.flatnonzero(attempts > 0)
    n, s, t = attempts[ran], successes[ran], calls[ran]
    if len(np.unique(n)) < 2 or len(np.unique(t)) < 2:
        return kind, batch
    if _depends(n, s, t):
        step = _batch(n, s, t)
        if step and (s.max() == 1 or len(np.unique(n[s > 0])) >= DISTINCT_BATCHES):
            kind[ran], batch[ran] = "until_success", step
            return kind, batch
    rest = ~_went_on(s, t)
    apart = not rest.all() and _depends(n[rest], s[rest], t[rest])
    if apart and (step := _batch(n[rest], s[rest], t[rest])):
        kind[ran[rest]], batch[ran[rest]] = "until_success", step
    elif apart or _depends(n, s, t):
        kind[ran] = "adaptive"
    return kind, batch


def _depends(attempts: Whole, successes: Whole, calls: Whole) -> bool:
    """Whether the number of attempts seems to depend on outcomes."""
    broken = successes > 0
    if len(np.unique(attempts)) < 2 or not broken.any():
        return False
    ends = calls[~broken].min() if (~broken).any() else attempts.max()
    first = bool((successes[broken] == 1).all() and (attempts[broken] <= ends).all())
    if first and len(np.unique(attempts[broken])) >= DISTINCT:
        return True
    if len(attempts) < FEW_ROWS:
        return False
    rate = successes / attempts
    if len(np.unique(rate)) < 2:
        return False
    return _falling(attempts, rate) < CHANCE


def _falling(x: Whole, y: NDArray[np.float64]) -> float:
    """One-sided p-value of Spearman's rank correlation against one below 0: SciPy's, which takes ten times as long."""
    correlation = np.corrcoef(rankdata(x), rankdata(y))[0, 1]
    freedom = len(x) - 2
    with np.errstate(divide="ignore"):
        t = correlation * np.sqrt(max(0.0, freedom / np.float64((1 + correlation) * (1 - correlation))))
    return float(stdtr(freedom, t))


def _went_on(successes: Whole, calls: Whole) -> NDArray[np.bool_]:
    """Problems with a number of calls that several share and at which some went on after a success."""
    values, counts = np.unique(calls, return_counts=True)
    shared = values[counts >= SHARED]
    return np.isin(calls, np.intersect1d(shared, calls[successes > 1]))


def _batch(attempts: Whole, successes: Whole, calls: Whole) -> int:
    """How many attempts at most were made at a time if sampling stopped after the first success: the largest number
    that divides those made (or called for) at every broken problem; 0 where more succeeded than that."""
    broken = successes > 0
    if not broken.any():
        return 1
    size = max(int(np.gcd.reduce(calls[broken])), int(np.gcd.reduce(attempts[broken])))
    return size if successes.max() <= size else 0


def measured_share(
    attempts: Whole, successes: Whole, first: NDArray[np.float64], batch: Index, budgets: Whole
) -> NDArray[np.float64]:
    """Share of one group's problems that the first N attempts really broke, (n_budgets,); NaN where that is not known.

    first  (n_problems,): position of the first success among the attempts that ran; NaN where the order is not known.
    batch  (n_problems,): as in `Design`: the first success was among the last `batch` attempts; 0 where nothing is
    known.
    """
    n, s, budget = attempts[:, None], successes[:, None], budgets[None]
    broken, order = s > 0, np.isfinite(first)[:, None]
    before = np.where(batch > 0, attempts - batch, -1)[:, None]  # attempts that are known to have failed
    known = np.where(broken, (budget >= n) | order | (budget <= before), budget <= n)
    hit = broken & np.where(order, budget >= np.where(order, first[:, None], 0), budget >= n)
    return np.where(known.all(axis=0) & (budgets <= attempts.max(initial=0)), hit.mean(axis=0), np.nan)


def regularity(attempts: Whole, successes: Whole) -> list[str]:
    """A note where one number of attempts broke problems exactly once each, too often for these to be attempts.

    Of problems broken in n attempts, the share with a single success is at most n (q^(1 - 1/n) - q) / (1 - q), with q
    the share not broken: n p (1 - p)^(n - 1) is a concave function of (1 - p)^n, so that equal rates maximise it
    (Jensen).
    """
    broken = successes > 0
    n = np.unique(attempts[broken])
    if len(n) != 1 or n[0] < 2 or (successes[broken] != 1).any():
        return []
    q = max(float(np.mean(~broken[attempts == n[0]])), 1 / (len(attempts) + 1))
    if broken.sum() * np.log(n[0] * (q ** (1 - 1 / n[0]) - q) / (1 - q)) > np.log(CHANCE):
        return []
    return [
        f"Each of the {int(broken.sum())} problems broken has exactly 1 success of {int(n[0]):,} attempts, which "
        "attempts hardly give by chance: `attempts` looks like a budget, and `successes` like whether any of them "
        "succeeded. Give the attempts that were made until the first success (design='until_success'), or all "
        "successes."
    ]


def described(design: Design, group: Index, names: Sequence[str]) -> tuple[str, ...]:
    """What was declared or inferred, and what rests on it; `names` are those of the groups, in their order."""
    kinds = list(dict.fromkeys(design.kind))
    where = {kind: _where(design, group, kind, names, len(kinds) > 1) for kind in kinds}
    source = "declared" if design.declared else "inferred from the counts, not declared"
    found = [f"Sampling design ({source}): {'; '.join(f'{kind}{where[kind]}' for kind in kinds)}."]
    if "until_success" in kinds:
        sizes = sorted(set(design.batch[design.of("until_success")].tolist()) - {0, 1})
        step = f", in blocks of {', '.join(map(str, sizes))} attempts" if sizes else ""
        found.append(
            f"{'Sampling' if design.declared else 'Sampling seems to have'} stopped at the first success{step}. "
            "Forecasts are not biased by that (the likelihood is the same); rates such as successes over attempts are."
        )
    if "adaptive" in kinds:
        found.append(
            f"The number of attempts {'depends' if design.declared else 'seems to depend'} on outcomes: problems with "
            "fewer attempts have higher success rates. Forecasts are not biased by that (the likelihood is the same); "
            "rates such as successes over attempts are."
        )
    if not design.declared and kinds != ["fixed"]:
        found.append(
            "On the inferred design rest the shares measured within fewer attempts than were made, and which problems "
            "the predictive check compares; forecasts do not. State it with design='fixed', 'until_success' or "
            "'adaptive' (--design)."
        )
    return tuple(found)


def _where(design: Design, group: Index, kind: str, names: Sequence[str], several: bool) -> str:
    """In which groups, and for how many problems where a group has several designs."""
    if not several:
        return ""
    mine, shown = design.of(kind), []
    for place in np.unique(group[mine]).tolist():
        many, every = int((mine & (group == place)).sum()), int((group == place).sum())
        part = f"{many} of {every} problems" if many < every else ""
        shown.append(f"{names[place]} ({part})" if part and names[place] else names[place] or part)
    return f" in {listing(shown)}"
