"""Append one run: compare re-weighting with sampling again, in cost and in results.

    python -m benchmarks.append              cost and agreement, re-weighted and sampled again
    python -m benchmarks.append --refused    how often re-weighting is refused

Both updates start from one sampled posterior, in one process whose density is compiled. The time of a full re-fit is
what a repeated job needs (frame, sampling with its escalation, tree, gate). The time of a re-weighting is that of
design, weights and tree. `again` samples with the frozen coordinates that re-weighting uses; `scratch` computes new
ones.

`rms_z` and `max_z` are about the 5, 50 and 95 % quantiles of every parameter, of noise and of forecasts at ten times
the largest inputs: the differences of re-weighted and `again`, over their Monte Carlo errors. A value of one means
Monte Carlo error alone. `scratch_shift` is the largest difference of a forecast's median from `scratch`. `moved` is the
largest difference from the posterior without the new run. Both are relative to the width of the 90 % interval.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from bayescale.data.reading import read_runs
from bayescale.data.runs import Runs
from bayescale.scaling.checks.convergence import publication_gate
from bayescale.scaling.model.design import Design, make_design
from bayescale.scaling.model.spec import Spec
from bayescale.scaling.posterior import Posterior
from bayescale.scaling.posterior_tree import design_from_tree, to_tree, variables_from_tree
from bayescale.scaling.predict.added_rows import Extension, Refused, extended
from bayescale.scaling.predict.reweight import reweighted, weighted
from bayescale.scaling.result import Fit
from bayescale.scaling.sampling.compilation import density_of
from bayescale.scaling.sampling.retries import sample_posterior
from bayescale.scaling.sampling.sampler import Sampler
from bayescale.scaling_laws.registry import law
from benchmarks.shared import RESULTS, write_table
from benchmarks.textbook import reference_runs

PROBS = (0.05, 0.5, 0.95)
PLACES = {"among the data": 1.2, "3x the largest": 10**0.5, "10x the largest": 10.0}  # times its compute
OUTCOMES = {"as forecast": 0.25, "surprising": 4.0}  # standard deviations of the run's own forecast above its median
DRAWN = np.arange(0.05, 1.0, 0.1)  # quantiles of a run's forecast
SURPRISING = (-5.0, -4.0, -3.0, 3.0, 4.0, 5.0)
UNREPORTED = ("coordinate", "discrepancy_weights")


@dataclass(frozen=True)
class Problem:
    """A table, a question about it, and how many data sets or seeds it is worth."""

    table: Callable[[int], pd.DataFrame]
    spec: Spec
    repeats: int


def pile(_: int) -> pd.DataFrame:
    return read_runs("example:pile").complete("n_tokens").table.drop(columns="row")


PROBLEMS = {
    "reference": Problem(reference_runs, Spec(law("chinchilla"), discrepancy=False, noise="constant"), 3),
    "reference, default law": Problem(reference_runs, Spec(law("joint")), 1),
    "Pile": Problem(pile, Spec(law("joint")), 1),
}


def timed[Result](job: Callable[[], Result]) -> tuple[Result, float, float]:
    """Result, wall and CPU seconds of a job."""
    wall, cpu = time.perf_counter(), time.process_time()
    out = job()
    return out, time.perf_counter() - wall, time.process_time() - cpu


def sampled(runs: Runs, design: Design, seed: int) -> xr.DataTree:
    """A full fit of a design, as in `fit_spec`: sampling, tree and diagnostics."""
    tree = to_tree(design, sample_posterior(design, Sampler(), seed, False), Sampler(), seed, digest=runs.digest)
    publication_gate(tree)
    return tree


def place(table: pd.DataFrame, family: str, times: float) -> dict[str, object]:
    """A run of a family that is so many times its largest in compute, or a little over its middle one."""
    own = table[table["family"] == family]
    order = np.argsort((own["n_params"] * own["n_tokens"]).to_numpy())
    near = own.iloc[int(order[-1] if times > 2 else order[len(order) // 2])]
    scale = times**0.5
    inputs = {name: float(near[name]) * scale for name in ("n_params", "n_tokens")}
    return {"family": family, "run": "appended", **inputs}


def appended(table: pd.DataFrame, run: dict[str, object], loss: float) -> Runs:
    return read_runs(pd.concat([table, pd.DataFrame([{**run, "loss": loss}])], ignore_index=True))


def forecast_of(fit: Fit, run: dict[str, object]) -> np.ndarray:
    """Draws of a new run's log loss."""
    asked = {name: value for name, value in run.items() if name != "run"}
    return np.log(fit.forecast([asked]).dataset["run"].to_numpy().ravel())


def surprise(draws: np.ndarray, deviations: float) -> float:
    """A loss so many standard deviations (half the 68 % interval) above the median."""
    low, middle, high = np.quantile(draws, [0.16, 0.5, 0.84])
    return float(np.exp(middle + deviations * (high - low) / 2))


def others(name: str, problems: list[str]) -> list[dict[str, object]]:
    """Rows of the table as written last, of problems that are not measured now."""
    path = RESULTS / f"{name}.csv"
    kept = pd.read_csv(path) if path.is_file() else pd.DataFrame({"problem": []})
    return [{str(k): v for k, v in row.items()} for row in kept[~kept["problem"].isin(problems)].to_dict("records")]


def cost(names: list[str]) -> None:
    rows = others("append", names)
    for name in names:
        problem = PROBLEMS[name]
        for seed in range(problem.repeats):
            table = problem.table(seed)
            runs = read_runs(table)
            design = make_design(runs, problem.spec)
            density_of(design)
            base = sampled(runs, design, 100 + seed)
            for where, times in PLACES.items():
                for what, deviations in OUTCOMES.items():
                    run = place(table, design.families[seed % len(design.families)], times)
                    longer = appended(table, run, surprise(forecast_of(Fit(base), run), deviations))
                    said = {"problem": name, "seed": seed, "run": where, "outcome": what}
                    rows.append({**said, **_compared(base, longer, table, 200 + seed)})
                    print(rows[-1], flush=True)
                    write_table("append", pd.DataFrame(rows), _summary(pd.DataFrame(rows)), digits=2)


def _compared(base: xr.DataTree, runs: Runs, table: pd.DataFrame, seed: int) -> dict[str, object]:
    """One appended run: both updates timed, re-weighting before and after sampling, and how far they differ."""
    found, *before = timed(lambda: reweighted(Posterior(base), runs))
    out: dict[str, object] = {"answer": "no" if isinstance(found, Refused) else ", ".join(found.moves) or "weights"}
    out |= {"pareto_k": found.pareto_k, "effective_size": found.effective_size}
    longer = extended(design_from_tree(base), runs)
    if isinstance(longer, Refused):
        return {**out, "rw_wall_s": before[0], "rw_cpu_s": before[1]}
    again, wall, cpu = timed(lambda: sampled(runs, longer.design, seed))
    _, *after = timed(lambda: reweighted(Posterior(base), runs))
    ours = [float(np.mean(pair)) for pair in zip(before, after, strict=True)]
    passed = not publication_gate(again).failures
    out |= {"rw_wall_s": ours[0], "rw_cpu_s": ours[1], "again_wall_s": wall, "again_cpu_s": cpu, "again_passed": passed}
    out |= {"ratio_wall": wall / ours[0], "ratio_cpu": cpu / ours[1]}
    if isinstance(found, Refused):
        return out
    z = np.concatenate([_scores(found.tree, again, table)])
    scratch = sampled(runs, make_design(runs, longer.design.spec), seed)
    out |= {"quantiles": len(z), "rms_z": float(np.sqrt(np.mean(z**2))), "max_z": float(np.abs(z).max())}
    out |= {"scratch_shift": _shift(found.tree, scratch, table), "moved": _shift(found.tree, base, table)}
    return out


def _scores(left: xr.DataTree, right: xr.DataTree, table: pd.DataFrame) -> np.ndarray:
    """Differences of quantiles over their Monte Carlo errors."""
    from arviz_stats.base import array_stats

    out = []
    pairs = [(_reported(left)[name], _reported(right)[name]) for name in _reported(left)]
    for ours, theirs in [*pairs, (_forecasts(left, table), _forecasts(right, table))]:
        for prob in PROBS:
            quantiles = [np.quantile(one, prob, axis=(0, 1)) for one in (ours, theirs)]
            errors = [
                array_stats.mcse(one, method="quantile", prob=prob, chain_axis=0, draw_axis=1) for one in (ours, theirs)
            ]
            out.append(((quantiles[0] - quantiles[1]) / np.hypot(*errors)).ravel())
    return np.concatenate(out)


def _reported(tree: xr.DataTree) -> dict[str, np.ndarray]:
    """Every reported quantity (chain, draw, …); a quantity that all families share occurs once."""
    found = {str(k): v.to_numpy() for k, v in tree["posterior"].data_vars.items() if k not in UNREPORTED}
    flat = {name: value.reshape(*value.shape[:2], -1) for name, value in found.items()}
    shared = set(design_from_tree(tree).layout.shared)
    return {name: value[..., :1] if name in shared else value for name, value in flat.items()}


def _forecasts(tree: xr.DataTree, table: pd.DataFrame) -> np.ndarray:
    """Log of law and of run at ten times every family's largest run (chain, draw, target)."""
    targets = [place(table, family, 10.0) for family in design_from_tree(tree).families]
    dataset = Fit(tree).forecast(pd.DataFrame(targets).drop(columns="run")).dataset
    return np.log(np.concatenate([dataset["law"].to_numpy(), dataset["run"].to_numpy()], axis=-1))


def _shift(left: xr.DataTree, right: xr.DataTree, table: pd.DataFrame) -> float:
    """Largest difference of forecasts' medians over the width of the 90 % interval."""
    ours, theirs = (np.quantile(_forecasts(tree, table), PROBS, axis=(0, 1)) for tree in (left, right))
    return float(np.max(np.abs(ours[1] - theirs[1]) / (theirs[2] - theirs[0])))


def _summary(table: pd.DataFrame) -> list[str]:
    if "ratio_cpu" not in table:
        return []
    compared = table.dropna(subset=["ratio_cpu"])
    notes = []
    for name, own in compared.groupby("problem", sort=False):
        low, middle, high = np.quantile(own["ratio_cpu"], [0, 0.5, 1])
        wall = own["ratio_wall"].median()
        notes.append(
            f"{name}: a full re-fit takes {middle:.0f} times the CPU ({low:.0f} to {high:.0f}), {wall:.0f} wall."
        )
    return notes


def refused(names: list[str]) -> None:
    rows = others("append_refused", names)
    for name in names:
        table, spec = PROBLEMS[name].table(0), PROBLEMS[name].spec
        base = sampled(read_runs(table), make_design(read_runs(table), spec), 100)
        for where, times in PLACES.items():
            for what in ("drawn from its forecast", "3 to 5 standard deviations off"):
                tries = pd.DataFrame(_tries(base, table, times, what.startswith("drawn")))
                share = tries["answer"].value_counts(normalize=True)
                kept = {answer: float(share.get(answer, 0.0)) for answer in ("weights", "moved", "beyond", "uneven")}
                middle = {column: float(tries[column].median()) for column in ("pareto_k", "effective_share")}
                rows.append({"problem": name, "run": where, "outcome": what, "tries": len(tries), **kept, **middle})
                print(rows[-1], flush=True)
                write_table("append_refused", pd.DataFrame(rows), NOTES)


NOTES = (
    "`weights`: re-weighted as they are; `moved`: with images by moment matching; `beyond`: refused because the frozen "
    "discrepancy spans less than half of its variance at the run; `uneven`: refused by the gate of weights. "
    "`effective_share`: effective size over draws. Medians are over tries that came to weights.",
)


def _tries(base: xr.DataTree, table: pd.DataFrame, times: float, drawn: bool) -> Iterator[dict[str, object]]:
    """Every family's run at a place, with outcomes spread evenly over its forecast, or surprising ones."""
    design, values = design_from_tree(base), variables_from_tree(base, design_from_tree(base))
    for family in design.families:
        run = place(table, family, times)
        draws = forecast_of(Fit(base), run)
        losses = np.exp(np.quantile(draws, DRAWN)) if drawn else [surprise(draws, at) for at in SURPRISING]
        for loss in losses:
            longer = extended(design, appended(table, run, float(loss)))
            if not isinstance(longer, Extension):
                yield {"answer": "beyond", "pareto_k": np.nan, "effective_share": np.nan}
                continue
            found = weighted(longer, values)
            answer = ("moved" if found.moves else "weights") if found.weights.passed else "uneven"
            share = found.weights.effective_size / found.weights.log.size
            yield {"answer": answer, "pareto_k": found.weights.pareto_k, "effective_share": share}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--refused", action="store_true", help="how often the answer is no")
    parser.add_argument("--only", nargs="+", choices=PROBLEMS, default=list(PROBLEMS))
    options = parser.parse_args()
    (refused if options.refused else cost)(options.only)


if __name__ == "__main__":
    main()
