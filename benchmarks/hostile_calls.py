"""Public calls of bayescale with one argument replaced by a hostile value, and the outcome of each call.

`calls` has a usable call for every public function, constructor and method. `HOSTILE` has the values that replace each
argument in turn. A call must return a result or raise a BayescaleError within a deadline; any other outcome is a fault.
`tests/test_hostile_calls.py` and `benchmarks/bad_input.py` use this module.
"""

import inspect
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

import bayescale as bs
from bayescale.horizon.cells import cells_from_trials
from bayescale.horizon.posterior_tree import to_tree
from bayescale.horizon.sampler import Draws


class Unprintable:
    """An object whose representation, text, length and comparison fail."""

    def __repr__(self) -> str:
        raise RuntimeError("no representation")

    __str__ = __repr__

    def __len__(self) -> int:
        raise RuntimeError("no length")

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no comparison")

    __hash__ = None  # type: ignore[assignment]


def _nested(depth: int) -> list[Any]:
    out: list[Any] = []
    for _ in range(depth):
        out = [out]
    return out


#: What replaces an argument, by a name for reports.
HOSTILE: dict[str, Any] = {
    "None": None,
    "True": True,
    "nan": float("nan"),
    "inf": float("inf"),
    "-inf": float("-inf"),
    "-1": -1,
    "0": 0,
    "1": 1,
    "2.5": 2.5,
    "1e308": 1e308,
    "5e-324": 5e-324,
    "10**400": 10**400,
    "-2**63": -(2**63),
    "complex": 1j,
    "empty text": "",
    "blank text": "  ",
    "text": "x",
    "digits": "10",
    "surrogate": "\ud800",
    "NUL": "a\x00b",
    "line break": "a\nb",
    "long text": "a" * 200_000,
    "dunder": "__class__",
    "path up": "../../x",
    "bytes": b"x",
    "empty list": [],
    "list of text": ["a"],
    "list of number": [1],
    "list of None": [None],
    "list of nan": [float("nan")],
    "list of 10**400": [10**400],
    "mixed list": [1, "a", None],
    "nested list": _nested(3_000),
    "empty mapping": {},
    "mapping": {"draws": 10},
    "mapping of surrogate": {"\ud800": "\ud800"},
    "mapping of mapping": {"loss": {"loss": {}}},
    "mapping by number": {1: 2},
    "set": {1, 2},
    "generator": iter(()),
    "function": len,
    "class": dict,
    "object": object(),
    "unprintable": Unprintable(),
    "empty array": np.array([]),
    "matrix": np.zeros((2, 2)),
    "array of objects": np.array([None, "a"], dtype=object),
    "empty table": pd.DataFrame(),
    "table": pd.DataFrame({"a": [1, None]}),
    "column twice": pd.DataFrame([[1, 2]], columns=["n_params", "n_params"]),
    "date": pd.Timestamp("2026-01-01"),
    "NaT": pd.NaT,
    "NA": pd.NA,
}


@dataclass(frozen=True)
class Subjects:
    """Posteriors, tables and answers that calls are about."""

    fit: bs.Fit
    risk: bs.Risk
    store: bs.Store
    folder: Path

    @cached_property
    def horizon(self) -> bs.Horizon:
        """A posterior of time horizons of three agents, of made-up draws."""
        return made_horizon()


@dataclass(frozen=True)
class Call:
    """A public callable and arguments with which it answers quickly."""

    function: Callable[..., Any]
    arguments: Mapping[str, Any]

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters that can be replaced."""
        found = inspect.signature(self.function).parameters.values()
        return tuple(one.name for one in found if one.kind is not one.VAR_POSITIONAL)

    def with_value(self, name: str, value: Any) -> Any:
        """The result of the call with one argument replaced."""
        return self.function(**{**self.arguments, name: value})


def runs_table() -> pd.DataFrame:
    """Eight runs of two families of the Chinchilla law."""
    n_params = np.tile([1e7, 3e7, 1e8, 3e8], 2)
    n_tokens = np.tile([1e9, 2e9, 5e9, 8e9], 2) * np.repeat([1.0, 3.0], 4)
    truth = {"E": 1.7, "A": 400.0, "alpha": 0.34, "B": 420.0, "beta": 0.28}
    loss = bs.law("chinchilla").predict({"n_params": n_params, "n_tokens": n_tokens}, truth)
    noise = np.exp(0.01 * np.random.default_rng(1).standard_normal(8))
    run = [f"run {place}" for place in range(8)]
    family = np.repeat(["a", "b"], 4)
    return pd.DataFrame(
        {"family": family, "run": run, "n_params": n_params, "n_tokens": n_tokens, "loss": loss * noise}
    )


def trials_table() -> pd.DataFrame:
    """Ten problems, each tried by two models."""
    successes = np.random.default_rng(1).binomial(20, 0.2, 20)
    model, problem = np.repeat(["a", "b"], 10), [str(place) for place in range(10)] * 2
    return pd.DataFrame({"model": model, "problem": problem, "attempts": 20, "successes": successes})


def points_table() -> pd.DataFrame:
    """Log scores of two laws on four held-out runs."""
    run = [f"run {place}" for place in range(4)] * 2
    scores = np.random.default_rng(1).normal(size=8)
    law = np.repeat(["chinchilla", "joint"], 4)
    return pd.DataFrame({"law": law, "family": "a", "run": run, "cut": 1e8, "row": 0, "log_score": scores})


def _rewards() -> dict[str, Any]:
    """Gold rewards and scores of six samples of five problems."""
    gold, noise = np.random.default_rng(1).normal(size=(2, 5, 6))
    return {"rewards": gold, "scores": gold + noise}


def judge_labels() -> dict[str, int]:
    """Counts of checked verdicts."""
    return {"true_positives": 20, "false_negatives": 2, "false_positives": 1, "true_negatives": 50}


TARGET = {"family": "a", "n_params": 1e9, "n_tokens": 2e10}
SHORT = {"draws": 100, "tune": 100, "chains": 2, "attempts": 1}


def calls(subjects: Subjects) -> dict[str, Call]:
    """A call for every public callable, by its name."""
    functions = _functions(subjects)
    functions |= _methods("Fit", subjects.fit, _fit_arguments(subjects))
    functions |= _methods("Risk", subjects.risk, _risk_arguments(subjects))
    functions |= _methods("Horizon", subjects.horizon, _horizon_arguments(subjects))
    trend_arguments = {"forecast": {"dates": "2026-01-01"}, "reaches": {"minutes": 60.0, "dates": "2026-01-01"}}
    functions |= _methods("HorizonTrend", subjects.horizon.trend(), trend_arguments)
    functions |= _methods("Store", subjects.store, _store_arguments(subjects))
    runs, trials, law = bs.read_runs(runs_table()), bs.read_trials(trials_table()), bs.law("chinchilla")
    runs_arguments: dict[str, dict[str, Any]] = {
        "below": {"column": "n_params", "cut": 1e8},
        "complete": {},
        "exclude": {"reason": "broken", "where": {"run": "run 1"}},
        "thin": {"per_run": 1},
    }
    functions |= _methods("Runs", runs, runs_arguments)
    functions |= _methods("Trials", trials, {"grouped": {"by": ["model"]}})
    parameters = {"E": 1.7, "A": 400.0, "alpha": 0.34, "B": 420.0, "beta": 0.28}
    inputs = {"n_params": 1e9, "n_tokens": 1e10}
    law_arguments: dict[str, dict[str, Any]] = {
        "evaluate": {"inputs": inputs, "parameters": parameters},
        "predict": {"inputs": inputs, "parameters": parameters},
        "prior": {"name": "E"},
        "role": {"name": "E"},
        "from_json": {"text": law.to_json()},
        "to_json": {},
    }
    functions |= _methods("Law", law, law_arguments)
    sampler = bs.DynamicSampler(["a", "b"], 2, "fewest_successes")
    outcome = {"problem": "a", "successes": 1, "attempts": 2}
    functions |= _methods("DynamicSampler", sampler, {"ask": {"attempts": 1}, "tell": outcome})
    tail = bs.fit_tail(np.linspace(0.001, 0.5, 40))
    tails = {name: {"queries": [100.0]} for name in ("aggregate_risk", "worst_of")} | {"frequency": {"rates": [0.5]}}
    functions |= _methods("Tail", tail, tails)
    functions |= _methods("Hardware", bs.Hardware("H100", 0.4, 2.0), {"flops": {"price": 1e6}})
    priors_arguments: dict[str, dict[str, Any]] = {
        "first": {"quantities": ["q"]},
        "save": {"path": subjects.folder / "priors.toml"},
        "to_document": {},
        "to_toml": {},
        "with_priors": {"priors": {"q": bs.lognormal(0.4, 0.2)}},
    }
    functions |= _methods("PriorTable", bs.read_priors("stated"), priors_arguments)
    outlook = bs.Outlook(**_OUTLOOK)
    tracked = {"observe": {"at": 1e10, "loss": 2.6}, "sentence": {"outlook": outlook}}
    functions |= _methods("RunTracker", _tracker(subjects), tracked)
    scored = bs.Backtest(points_table(), points_table(), (), 0.9)
    functions |= _methods("Backtest", scored, {"weights": {"random_seed": 0}})
    curve = bs.reward_curve(**_rewards())
    functions |= _methods("RewardCurve", curve, {"predict": {"n": 4}})
    rng = np.random.default_rng(1)
    functions |= _methods("Judge", bs.Judge(), {"rates": {}, "corrected": {"share": np.full((3, 1), 0.2), "rng": rng}})
    functions |= _methods(
        "Prior", bs.lognormal(1.0, 0.5), {"natural": {"coordinate": 0.1}, "quantile": {"probability": 0.5}}
    )
    functions |= _methods(
        "Scale",
        bs.Scale("log"),
        {
            "forward": {"response": 2.0, "xp": np},
            "inverse": {"value": 0.5},
            "reaches": {"response": 2.0},
            "log_jacobian": {"response": 2.0},
        },
    )
    functions |= _methods(
        "Link", bs.Link("identity"), {"forward": {"latent": 0.5, "xp": np}, "inverse": {"response": 0.5}}
    )
    return functions


def _methods(owner: str, subject: Any, arguments: Mapping[str, Mapping[str, Any]]) -> dict[str, Call]:
    return {f"{owner}.{name}": Call(getattr(subject, name), given) for name, given in arguments.items()}


def _fit_arguments(subjects: Subjects) -> dict[str, dict[str, Any]]:
    return {
        "allocate": {"flops": 1e20, "family": "a"},
        "check": {"targets": [TARGET]},
        "compare": {"a": [TARGET], "b": [{**TARGET, "family": "b"}]},
        "compare_families": {"along": "n_tokens", "at": {"n_params": 1e9}},
        "crossover": {"family_a": "a", "family_b": "b", "low": 1e19, "high": 1e21},
        "forecast": {"targets": [TARGET]},
        "forecast_mean": {"targets": [TARGET]},
        "mixture": {"flops": 1e20},
        "isoflop": {"flops": 1e20, "family": "a"},
        "multiplier": {"recipe": "a", "baseline": "b", "flops": 1e20},
        "overtraining": {"n_params": 1e8, "n_tokens": 1e10, "family": "a"},
        "plan": {"candidates": [TARGET], "targets": [TARGET]},
        "required": {"loss": 2.5, "family": "a"},
        "save": {"path": subjects.folder / "fit.nc"},
        "summary": {},
        "then": {"link": subjects.fit},
        "trend": {"column": "n_params", "low": 1e8, "high": 1e9, "at": {"n_tokens": 1e10, "family": "a"}},
        "widened": {"widenings": {}},
    }


def made_horizon() -> bs.Horizon:
    """A posterior of time horizons of three agents at four tasks, of made-up draws."""
    rows = [(agent, task, 4.0**task, 5, 4 - task) for agent in "abc" for task in range(4)]
    table = pd.DataFrame(rows, columns=["model", "problem", "human_minutes", "attempts", "successes"])
    released = {"a": "2023-01-01", "b": "2024-01-01", "c": "2025-01-01"}
    cells, _ = cells_from_trials(bs.read_trials(table), "model", released)
    rng, sizes = np.random.default_rng(1), {"agent": 3, "family": 4, "task": 4}
    shapes = {
        "log2_horizon": ("agent",),
        "log_slope": ("agent",),
        "family_effect": ("family",),
        "task_effect": ("task",),
    }
    shapes |= dict.fromkeys(("family_scale", "task_scale", "cell_scale", "slope_mean", "slope_scale"), ())
    variables = {
        name: (("chain", "draw", *dims), np.abs(rng.normal(1, 0.1, (2, 60, *(sizes[dim] for dim in dims)))))
        for name, dims in shapes.items()
    }
    return bs.Horizon(to_tree(cells, Draws(variables), seed=1, notes=(), source="DataFrame", digest=""))


def _horizon_arguments(subjects: Subjects) -> dict[str, dict[str, Any]]:
    return {
        "check": {},
        "horizons": {"levels": [0.5]},
        "measured": {"bins": 2},
        "save": {"path": subjects.folder / "horizon.nc"},
        "success": {"minutes": [10.0], "agents": ["a"]},
        "trend": {"level": 0.5},
    }


def _risk_arguments(subjects: Subjects) -> dict[str, dict[str, Any]]:
    return {
        "at": {"budgets": [100]},
        "best_mixture": {"attempts": 100},
        "at_new_group": {
            "targets": [{"size": 3.0}],
            "covariates": {"a": {"size": 1.0}, "b": {"size": 2.0}},
            "budgets": [100],
        },
        "bounds": {"budgets": [100]},
        "by_problem": {"budget": 100},
        "budget_for": {"level": 0.5},
        "check": {},
        "choose": {"attempts": {"a": 2, "b": 1}},
        "compare": {"first": "a", "second": "b", "budgets": [100]},
        "estimators": {"budgets": [100]},
        "fleet": {"users": 10, "attempts": 10},
        "mixture": {"attempts": {"a": 2, "b": 1}},
        "next_attempts": {"k": 100, "attempts": 10},
        "plan": {"budget": 100},
        "saturation": {"epsilon": 0.01},
        "save": {"path": subjects.folder / "risk.nc"},
        "sensitivity": {"budgets": [100]},
        "worst_of": {"prompts": 10, "attempts": 10},
    }


def _store_arguments(subjects: Subjects) -> dict[str, dict[str, Any]]:
    url = {"url": subjects.folder / "store"}
    model = {"name": "m"}
    return {
        "create": {"url": subjects.folder / "another"},
        "current": model,
        "delivered": model,
        "mark_delivered": {**model, "channel": "c", "number": 1},
        "reading": {"version": subjects.store.current("m")},
        "history": model,
        "ledger": model,
        "load": model,
        "models": {},
        "note": {**model, "record": {}},
        "open": url,
        "open_or_create": url,
        "pin": model,
        "publish": {**model, "tree": subjects.fit.tree, "lineage": {}},
        "retain": {**model, "keep": 100},
        "rollback": {**model, "version": 1},
        "unpin": model,
        "version": model,
    }


#: A run under way, of which no evaluation is known.
_TRACKED: dict[str, Any] = {
    "run": "new",
    "family": "a",
    "inputs": {"n_params": 1e8},
    "end": 1e10,
    "threshold": 2.5,
}


#: What is expected of the end of that run.
_OUTLOOK: dict[str, Any] = {
    **dict.fromkeys(("at", "loss", "median", "lower", "upper"), 2.5),
    "probability": 0.5,
    "evaluations": 1,
}


def _mixture_choice() -> Any:
    from bayescale.scaling.decisions.mixtures.choice import MixtureChoice

    weights = xr.Dataset({"weight": (("draw", "domain"), np.array([[0.4, 0.6], [0.5, 0.5]]))})
    columns = ("measured_low", "measured_high", "best_lower", "best_upper", "baseline", "recommended")
    table = pd.DataFrame({"domain": ["web", "code"], **{name: [0.4, 0.6] for name in columns}})
    gain = pd.DataFrame({"gain_median": [0.1], "better": [0.9]})
    return MixtureChoice(weights, table, gain, gain, table, 1e9, 2e10, 0.9)


def _tracker(subjects: Subjects) -> Any:
    return bs.RunTracker(subjects.fit, runs_table(), **_TRACKED)


def _functions(subjects: Subjects) -> dict[str, Call]:
    fit, risk, runs, trials = subjects.fit, subjects.risk, runs_table(), trials_table()
    estimated = {"attempts": [20] * 8, "successes": [0, 1, 2, 3, 0, 5, 9, 1], "budgets": [10, 100]}
    counts = {"attempts": [10, 10], "successes": [1, 2], "k": 5}
    forecast = fit.forecast([TARGET])
    law_text = "name = 'mine'\nfloor = 'E'\n[[power]]\namplitude = 'A'\nexponent = 'a'\nquantity = 'n_params'\n"
    (subjects.folder / "law.toml").write_text(law_text)
    expression = bs.floor("E") + bs.power("A", "alpha", "n_params")
    fit.save(subjects.folder / "saved.nc")
    short = {"sampler": bs.Sampler(**SHORT), "random_seed": 1}
    chinchilla = {"law": "chinchilla", "discrepancy": False}
    ledger = pd.DataFrame(columns=["run"])
    found: dict[str, dict[str, Any]] = {
        "Judge": {},
        "Law": {"name": "mine", "expression": expression},
        "Link": {"name": "identity"},
        "Prior": {"scale": "log", "location": 0.0, "spread": 1.0},
        "PriorTable": {"name": "ours", "priors": bs.read_priors("stated").priors},
        "Sampler": dict(SHORT),
        "Scale": {"name": "log"},
        "arise": {"accuracy": [0.1, 0.2, 0.4], "tokens": [100.0, 200.0, 400.0]},
        "backtest": {"runs": runs, "cut": "n_params", "cuts": [2e8], **chinchilla, **short},
        "best_of_n": {"rewards": [0.1, 0.2, 0.3], "n": 2},
        "best_tries": {"rates": [0.1, 0.2], "cost": 0.1},
        "calibrate_judge": {"labels": judge_labels()},
        "check_calibration": {"runs": runs, "simulations": 20, **chinchilla, **short},
        "check_risk_calibration": {"mixing": "beta", "n_problems": 10, "simulations": 20, "random_seed": 1},
        "fit": {"runs": runs, **chinchilla, **short},
        "fit_horizon": {"trials": trials, "draws": 200, "random_seed": 1},
        "fit_risk": {"trials": trials, "mixing": "beta", "draws": 100, "random_seed": 1},
        "floor": {"name": "E"},
        "law": {"name": "chinchilla"},
        "laws": {},
        "learn_priors": {"fits": [fit, fit]},
        "load": {"path": subjects.folder / "saved.nc"},
        "logitnormal": {"location": 0.0, "spread": 1.0},
        "describe": {"source": runs},
        "log_forecast": {"fit": fit, "targets": [TARGET], "run": "refused before any server is called"},
        "lognormal": {"median": 1.0, "spread": 1.0},
        "loss_report": {"fit": fit, "forecast": forecast, "checks": fit.check(), "title": "A forecast"},
        "majority_vote": {"votes": [5, 3], "correct": 0, "n": 3},
        "mean_pass_at_k": counts,
        "normal": {"mean": 0.0, "spread": 1.0},
        "pass_at_k": counts,
        "pass_at_k_variance": counts,
        "pass_hat_k": counts,
        "Outlook": dict.fromkeys(("at", "loss", "median", "lower", "upper"), 2.5)
        | {"probability": 0.5, "evaluations": 1},
        "RunTracker": _TRACKED | {"fit": fit, "runs": runs},
        "lightning_callback": {"tracker": _tracker(subjects), "tokens_per_step": 1e6},
        "transformers_callback": {"tracker": _tracker(subjects), "tokens_per_step": 1e6},
        "mixture_law": {"name": "mixture_additive", "domains": ["web", "code"]},
        "plot_mixture": {"choice": _mixture_choice()},
        "stack_responses": {"runs": runs, "responses": ["loss"]},
        "to_arviz": {"fit": fit, "draws": 2, "random_seed": 1},
        "write_site": {"store": subjects.store, "folder": subjects.folder / "site"},
        "plot_allocation": {"allocation": fit.allocate(1e20, family="a")},
        "horizon_report": {"horizon": subjects.horizon},
        "plot_horizons": {"horizon": subjects.horizon},
        "plot_success": {"horizon": subjects.horizon},
        "plot_asr": {"risk": risk},
        "plot_compare": {"comparison": fit.compare([TARGET], [{**TARGET, "family": "b"}])},
        "plot_families": {"comparison": fit.compare_families("n_tokens", at={"n_params": 1e9})},
        "plot_crossover": {"crossover": fit.crossover("a", "b", low=1e19, high=1e21)},
        "plot_exponents": {"fit": fit},
        "plot_fit": {"fit": fit},
        "plot_forecast": {"fit": fit, "forecast": forecast},
        "plot_isoflop": {"isoflop": fit.isoflop(1e20, family="a")},
        "plot_laws": {"risk": risk, "budget": 100},
        "plot_ledger": {"ledger": ledger},
        "plot_next_run": {"plan": fit.plan([TARGET], [TARGET])},
        "plot_parameters": {"fit": fit},
        "plot_preview": {"preview": bs.preview(runs, **chinchilla, random_seed=1)},
        "plot_prior_posterior": {"fit": fit, "parameters": ["E"]},
        "plot_residuals": {"fit": fit},
        "plot_shrinkage": {"fit": fit},
        "plot_backtest": {},
        "plot_calibration": {},
        "power": {"amplitude": "A", "exponent": "alpha", "quantity": "n_params"},
        "prior_predictive": {"runs": runs, "draws": 2, **chinchilla, "random_seed": 1},
        "preview": {"runs": runs, "targets": [TARGET], **chinchilla, "random_seed": 1},
        "projektor": {"responses": [[2.0, 1.5]], "sizes": [1e8, 1e9], "at": [1e10]},
        "read_law": {"path": subjects.folder / "law.toml"},
        "read_priors": {"source": "stated"},
        "read_runs": {"source": runs},
        "read_trials": {"source": trials},
        "risk_report": {"risk": risk, "budgets": [100], "title": "Risk"},
        "scaled_power": {"scale": "N_c", "exponent": "alpha", "quantity": "n_params"},
        "schedule_features": {"lr": [1e-4, 2e-4, 1e-4]},
        "term": {"formula": "A * n_params ** -alpha"},
        "verified": {"rates": [0.1, 0.2], "tries": 3},
        "Runs": {"table": runs, "response": "loss", "source": "here"},
        "Trials": {"table": trials, "groups": ("model",), "source": "here"},
        "Description": {"kind": "runs", "source": "here", "rows": 8, "form": "a grid", "columns": runs},
        "Backtest": {"table": runs, "points": runs, "notes": (), "prob": 0.9},
        "Fit": {"tree": fit.tree},
        "Risk": {"tree": risk.tree},
        "Horizon": {"tree": subjects.horizon.tree},
        "HorizonTrend": vars(subjects.horizon.trend()),
        "Store": {"place": subjects.store.place},
        "joined": {"q": "q"},
        "DynamicSampler": {"problems": ["a", "b"], "k": 2},
        "Tail": {},
        "anchored": estimated,
        "best_of_n_divergence": {"n": 4},
        "beta_asr": {"alpha": 0.5, "beta": 5.0, "budgets": [10]},
        "beta_binomial": estimated,
        "coverage_line_brown": estimated,
        "coverage_line_hughes": estimated,
        "fit_beta_binomial": {"attempts": [20] * 8, "successes": [0, 1, 2, 3, 0, 5, 9, 1]},
        "fit_tail": {"rates": np.linspace(0.001, 0.5, 40)},
        "naive": estimated,
        "plugin": estimated,
        "plugin_asr": {"alpha": 0.5, "beta": 5.0, "budgets": [10]},
        "saber_budget": {"attempts": [20] * 8, "successes": [0, 1, 2, 3, 0, 5, 9, 1], "level": 0.5},
        "Hardware": {"accelerator": "H100", "mfu": 0.4, "price_per_hour": 2.0, "count": 8},
        **_test_time_functions(),
    }
    return {name: Call(getattr(bs, name), arguments) for name, arguments in found.items()}


def _test_time_functions() -> dict[str, dict[str, Any]]:
    """Arguments of the functions and answers on votes, rewards, saturation and mixtures."""
    table = pd.DataFrame({"n": [1, 2], "gold": [0.1, 0.2]})
    division = {"attempts": {"a": 2, "b": 1}, "correlation": (0.5, 0.1, 0.9), "prob": 0.9}
    ballot, gold = [5, 3], [0.2, 0.1]
    curve = {"alpha": 0.5, "beta": 0.1, "beta_positive": 0.9, "peak": 10.0, "prob": 0.9, "problems": 5}
    chosen = {"rule": "problem", "attempts": {"a": 2, "b": 1}, "prob": 0.9, "notes": ()}
    return {
        "BestMixture": {"table": table, "gain": table, **division},
        "Mixture": {"table": table, **division},
        "PolicyChoice": {"table": table, "gain": table, "regression": table, **chosen},
        "RewardCurve": {"table": table, **curve},
        "Saturation": {"table": table, "epsilon": 0.01, "prob": 0.9},
        "best_of_majority": {"votes": ballot, "rewards": gold},
        "best_of_majority_accuracy": {"votes": ballot, "rewards": gold, "correct": 0, "n": 3},
        "first_to_lead_by": {"rate": 0.7, "lead": 3},
        "inference_multiplier": {"size_ratio": 10.0, "token_ratio": 0.1},
        "least_lead": {"rate": 0.7, "target": 0.99},
        "mean_saturation_point": {"rates": [0.1, 0.2], "epsilon": 0.01},
        "mode_is_right": {"votes": ballot, "correct": 0},
        "noisy_best_of_n": {"rewards": gold, "n": 4, "noise": 0.5},
        "normal_best_of_n": {"n": 4},
        "reward_curve": _rewards(),
        "saturation_point": {"rate": 0.1, "epsilon": 0.01},
        "voting_limit": {"votes": [ballot, ballot], "correct": [0, 1]},
    }


class TooLong(BaseException):
    """A call exceeded its deadline; `except Exception` does not catch this."""


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Raise TooLong in the main thread where the block takes longer."""
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("deadlines are kept in the main thread")

    def stop(*_: object) -> None:
        raise TooLong

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@dataclass(frozen=True)
class Ending:
    """How a call ended: "answered" (BayescaleError), "accepted", "foreign" (another exception) or "too long"."""

    kind: str
    text: str
    seconds: float


def ending(call: Callable[[], object], seconds: float = 20.0) -> Ending:
    """Make a call and return its outcome."""
    start = time.perf_counter()
    try:
        with deadline(seconds):
            call()
        kind, text = "accepted", ""
    except bs.BayescaleError as error:
        str(error).encode()  # what is printed has to be printable
        kind, text = "answered", str(error)
    except TooLong:
        kind, text = "too long", ""
    except Exception as error:
        kind, text = "foreign", f"{type(error).__name__}: {str(error)[:200]}"
    return Ending(kind, text, time.perf_counter() - start)
