"""From counts to a posterior: every mixing law explored, groups pooled, laws averaged by their evidence, as one tree.

The tree holds draws of which law holds in each group and with which parameters, and all that later answers need.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.special import logsumexp

from bayescale.core.serialization import fact, frozen, require_schema, version_of
from bayescale.errors import StoredPosteriorError
from bayescale.risk.grid import Counts, Verdicts, counts
from bayescale.risk.importance_sampling import Explored, explored
from bayescale.risk.judge import Judge, settings_of
from bayescale.risk.mixing import MIXINGS, Mixing
from bayescale.risk.pooling import pool
from bayescale.risk.sampling_design import Design, described, design_of, measured_share

type Array = NDArray[np.float64]
type Index = NDArray[np.int64]
type Variables = dict[str, tuple[tuple[str, ...], Any]]

SCHEMA = 1
KIND = "risk"
PACKAGES = ("bayescale", "numpy", "scipy", "xarray")
_AT_ONCE = 1024  # points whose mixing laws are held in memory together …
_MOST_CHANCES = 2_000_000  # … fewer where so many chances (pair, point) come together


@dataclass(frozen=True, eq=False)
class Problems:
    """Counts of every problem, and the group each belongs to. Arrays are (n_problems,)."""

    group_names: tuple[str, ...]  # the columns that make a group
    groups: tuple[tuple[str, ...], ...]  # values of these columns, group by group
    group: Index
    problem: tuple[str, ...]
    attempts: Index
    successes: Index
    weight: Array  # 1, or less where a problem is one of several near-duplicates
    errors: Index  # attempts that did not run, part of neither
    first_success: Array  # position of the first success among the attempts that ran; NaN where no order is known
    design: Design

    @property
    def most(self) -> Index:
        """The most attempts made at any problem of each group: (n_groups,)."""
        most = np.zeros(len(self.groups), dtype=np.int64)
        np.maximum.at(most, self.group, self.attempts)
        return most

    @property
    def design_notes(self) -> tuple[str, ...]:
        """What was declared or inferred of the sampling design, and what rests on it."""
        pairs = [zip(self.group_names, group, strict=True) for group in self.groups]
        return described(self.design, self.group, [" ".join(f"{n}={v}" for n, v in pair) for pair in pairs])

    def measured(self, budgets: Index) -> Array:
        """Share of each group's problems that their first N attempts really broke: (n_groups, n_budgets), NaN where the
        order of attempts is not known."""
        own = [np.flatnonzero(self.group == place) for place in range(len(self.groups))]
        n, s, first, batch = self.attempts, self.successes, self.first_success, self.design.batch
        return np.stack([measured_share(n[mine], s[mine], first[mine], batch[mine], budgets) for mine in own])

    def counted(self, judge: Verdicts) -> Counts:
        """Sufficient statistics under a judge."""
        return counts(self.attempts, self.successes, self.group, self.weight, judge)


@dataclass(frozen=True, eq=False)
class _Component:
    """One law under one setting of the judge, explored for every group."""

    law: Mixing
    verdicts: Verdicts
    explored: Explored


def sample(problems: Problems, laws: Sequence[Mixing], judge: Judge | None, draws: int, seed: int) -> xr.DataTree:
    """The posterior's tree, without what the caller knows of the data (source, digest, notes: attributes)."""
    verdicts = settings_of(judge)
    streams = iter(np.random.default_rng(seed).spawn(len(laws) * len(verdicts) + 1))
    found = []
    for one in verdicts:
        counted = problems.counted(one)
        for law in laws:
            found.append(_Component(law, one, explored(_likelihood(counted, law), len(law.coordinates), next(streams))))
    return _tree(problems, found, draws, next(streams))


def _likelihood(counted: Counts, law: Mixing) -> Callable[[Array], Array]:
    """Log likelihood of every group's counts at standard normal coordinates: (n, dims) to (n_groups, n)."""

    sparing = np.flatnonzero(counted.at_zero)  # pairs that problems which nothing breaks can have: few

    def at(z: Array) -> Array:
        size = min(_AT_ONCE, max(64, _MOST_CHANCES // len(counted.attempts)))
        out = np.empty((counted.weight.shape[0], len(z)))
        for start in range(0, len(z), size):
            part = slice(start, start + size)
            mass, zero = law.mass(law.parameters(z[part]))
            chance = counted.likelihood @ mass.T
            chance[sparing] += counted.at_zero[sparing, None] * zero
            out[:, part] = counted.weight @ np.log(np.maximum(chance, 1e-300, out=chance), out=chance)
        return out

    return at


def _tree(problems: Problems, found: list[_Component], draws: int, rng: np.random.Generator) -> xr.DataTree:
    """Draws of the average over laws, each group's weights being its own evidence.

    In a draw all groups turn the same wheel, so that groups that are alike take the same law, and with it the same
    draw of what they have in common.
    """
    prior = np.array([one.law.weight for one in found]) / len({one.verdicts for one in found})
    log_weight = np.log(prior)[:, None] + np.stack([one.explored.log_evidence for one in found])
    weight = np.exp(log_weight - logsumexp(log_weight, axis=0))  # (component, group)
    wheel = rng.permutation((np.arange(draws) + rng.random()) / draws)
    which = np.stack([np.searchsorted(np.cumsum(own), wheel) for own in weight.T], axis=1)
    which = np.minimum(which, len(found) - 1)  # (draw, group)
    names = list(dict.fromkeys(name for one in found for name in one.law.parameter_names))
    values = {name: np.full(which.shape, np.nan) for name in names}
    common = np.full(len(found), np.nan)
    for place, one in enumerate(found):
        turns = np.flatnonzero((which == place).any(axis=1))
        if not len(turns):
            continue
        points = one.explored.points
        pooled = pool(points, len(turns), rng)
        common[place] = pooled.common.mean()
        for group in range(which.shape[1]):
            mine = which[turns, group] == place
            z = points.z[pooled.place[mine, group]]
            for name, value in one.law.parameters(z).items():
                values[name][turns[mine], group] = value
    laws = list(dict.fromkeys(one.law.name for one in found))
    code = np.array([laws.index(one.law.name) for one in found])
    dims = ("chain", "draw", "group")
    posterior: Variables = {name: (dims, value[None]) for name, value in values.items()}
    posterior["law_index"] = (dims, code[which][None])
    for name in ("sensitivity", "false_positives"):
        posterior[f"judge_{name}"] = (dims, np.array([getattr(one.verdicts, name) for one in found])[which][None])
    coords = {
        "chain": np.zeros(1, dtype=np.int64),
        "draw": np.arange(draws),
        "group": np.arange(len(problems.groups)),
        "law": np.array(laws, dtype=str),
        "problem": np.arange(len(problems.problem)),
    }
    return _assembled(problems, posterior, _by_law(found, code, weight, common), coords)


def _by_law(found: list[_Component], code: Index, weight: Array, common: Array) -> Variables:
    """What is known of each law: prior and posterior weight, evidence by group, how well it was explored, and how much
    groups have in common. Settings of the judge are averaged."""
    own = [np.flatnonzero(code == law) for law in range(code.max() + 1)]
    evidence = np.stack([one.explored.log_evidence for one in found])
    size = np.stack([one.explored.effective for one in found])
    heavy = np.stack([one.explored.pareto_k for one in found])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a law that no draw took has nothing to average
        shared = np.array([np.nanmean(common[mine]) for mine in own])
    return {
        "prior_weight": (("law",), np.array([found[mine[0]].law.weight for mine in own])),
        "weight": (("law", "group"), np.stack([weight[mine].sum(axis=0) for mine in own])),
        "log_evidence": (
            ("law", "group"),
            np.stack([logsumexp(evidence[mine], axis=0) - np.log(len(mine)) for mine in own]),
        ),
        "effective": (("law", "group"), np.stack([size[mine].min(axis=0) for mine in own])),
        "pareto_k": (("law", "group"), np.stack([heavy[mine].max(axis=0) for mine in own])),
        "common": (("law",), shared),
    }


def _assembled(problems: Problems, posterior: Variables, laws: Variables, coords: Mapping[str, Any]) -> xr.DataTree:
    observed: Variables = {
        "attempts": (("problem",), problems.attempts),
        "successes": (("problem",), problems.successes),
        "group_index": (("problem",), problems.group),
        "weight": (("problem",), problems.weight),
        "problem_label": (("problem",), np.array(problems.problem, dtype=str)),
        "errors": (("problem",), problems.errors),
        "first_success": (("problem",), problems.first_success),
        "design": (("problem",), np.array(problems.design.kind, dtype=str)),
        "batch": (("problem",), problems.design.batch),
    }
    labels: Variables = {
        f"group_{place}": (("group",), np.array([group[place] for group in problems.groups], dtype=str))
        for place in range(len(problems.group_names))
    }
    parts = {"posterior": posterior, "laws": laws, "observed_data": observed, "constant_data": labels}
    datasets = {}
    for name, variables in parts.items():
        used = {dim for dims, _ in variables.values() for dim in dims}
        datasets[name] = xr.Dataset(variables, {k: (k, v) for k, v in coords.items() if k in used})
    return xr.DataTree.from_dict(datasets)


def attributes(
    problems: Problems, judge: Judge | None, seed: int, notes: Sequence[str], source: str, digest: str
) -> dict[str, str]:
    """Facts that are frozen with a risk posterior."""
    predictive = int(np.random.SeedSequence(seed, spawn_key=(1,)).generate_state(1, np.uint64)[0] >> 1)
    return frozen(
        {
            "kind": KIND,
            "schema": SCHEMA,
            "by": list(problems.group_names),
            "judge": asdict(judge) if judge is not None else None,
            "design_declared": problems.design.declared,
            "random_seed": seed,
            "predictive_seed": predictive,
            "notes": list(notes),
            "source": source,
            "data_digest": digest,
            "versions": {name: version_of(name) for name in PACKAGES},
        }
    )


def problems_of(tree: xr.DataTree) -> Problems:
    """The counts that a risk posterior was made from.

    Raises StoredPosteriorError for a tree that is none, or one of another schema.
    """
    if fact(tree, "kind") != KIND:
        raise StoredPosteriorError("this posterior is not one of risk: read it with bayescale.load")
    require_schema(tree, SCHEMA)
    try:
        observed = {str(name): value.to_numpy() for name, value in tree["observed_data"].data_vars.items()}
        names = tuple(fact(tree, "by"))
        labels = [tree["constant_data"][f"group_{place}"].to_numpy() for place in range(len(names))]
        return Problems(
            names,
            tuple(tuple(map(str, group)) for group in zip(*labels, strict=True)) if names else ((),),
            observed["group_index"].astype(np.int64),
            tuple(map(str, observed["problem_label"])),
            observed["attempts"].astype(np.int64),
            observed["successes"].astype(np.int64),
            observed["weight"].astype(float),
            *_order_of(tree, observed),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise StoredPosteriorError(f"this posterior is incomplete: {error!r}") from error


def _order_of(tree: xr.DataTree, observed: Mapping[str, NDArray[Any]]) -> tuple[Index, Array, Design]:
    """Errors, first successes and the design; inferred from the counts for a posterior that holds none (version
    0.1)."""
    attempts, successes = observed["attempts"].astype(np.int64), observed["successes"].astype(np.int64)
    if "design" not in observed:
        errors = np.zeros(len(attempts), dtype=np.int64)
        design = design_of(attempts, successes, errors, observed["group_index"].astype(np.int64), None)
        return errors, np.full(len(attempts), np.nan), design
    kind = tuple(map(str, observed["design"]))
    design = Design(kind, observed["batch"].astype(np.int64), bool(fact(tree, "design_declared")))
    return observed["errors"].astype(np.int64), observed["first_success"].astype(float), design


def judge_of(tree: xr.DataTree) -> Judge | None:
    """The judge a risk posterior was made with."""
    given = fact(tree, "judge")
    if given is None:
        return None
    return Judge(tuple(given["sensitivity"]), tuple(given["false_positive_rate"]), given["errors"])


@dataclass(frozen=True, eq=False)
class Drawn:
    """One group's mixing law in every draw: mass on the nodes (n_draws, n_nodes), at p = 0, and the judge's setting as
    an index into `settings` (n_draws,)."""

    mass: Array
    zero: Array
    setting: Index


def drawn(tree: xr.DataTree, group: int, most: int | None = None) -> Drawn:
    """The mixing laws of a group, draw by draw, or at the first `most` draws (their order is random)."""
    posterior = tree["posterior"].isel(chain=0, group=group, draw=slice(most)).to_dataset()
    laws = [MIXINGS[str(name)] for name in tree["laws"]["law"].to_numpy()]
    index = posterior["law_index"].to_numpy()
    parts: list[tuple[Index, Array, Array]] = []
    for place, law in enumerate(laws):
        mine = np.flatnonzero(index == place)
        if len(mine):
            parameters = {name: posterior[name].to_numpy()[mine] for name in law.parameter_names}
            parts.append((mine, *law.mass(parameters)))
    order = np.argsort(np.concatenate([mine for mine, _, _ in parts]))
    mass = np.concatenate([mass for _, mass, _ in parts])[order]
    zero = np.concatenate([zero for _, _, zero in parts])[order]
    known = settings(tree)
    pairs = zip(posterior["judge_sensitivity"].to_numpy(), posterior["judge_false_positives"].to_numpy(), strict=True)
    return Drawn(mass, zero, np.array([known.index(Verdicts(float(a), float(b))) for a, b in pairs]))


def settings(tree: xr.DataTree) -> tuple[Verdicts, ...]:
    """The judge's settings that occur."""
    return settings_of(judge_of(tree))
