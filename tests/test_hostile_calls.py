"""Every public callable answers hostile arguments with a result or a BayescaleError, at once; nothing is sampled."""

import inspect
from collections.abc import Iterator, Set
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import bayescale as bs
from benchmarks.hostile_calls import HOSTILE, TARGET, Subjects, calls, ending, runs_table, trials_table
from tests.conftest import MadeUp

#: Values that many arguments allow, and that then cost a whole answer.
USABLE = {"None", "True", "0", "1", "2.5", "text", "empty mapping", "empty list"}
SLOW = (  # an answer takes a second
    *("loss_report", "risk_report", "horizon_report", "plot_", "check_", "prior_predictive", "preview"),
    *("Risk.plan", "Risk.choose", "Risk.mixture", "Risk.best_mixture"),
)
WRITES = ("Store.publish", "Store.rollback")  # an accepted text is another version on disk
FEW = ("surrogate", "unprintable", "nested list", "mapping", "10**400")
#: One value of each kind that a check can confuse with another.
KINDS = {
    *(*FEW, "nan", "inf", "-1", "1e308", "complex", "empty text", "NUL", "long text", "bytes", "list of number"),
    *("list of None", "list of nan", "mapping of surrogate", "function", "empty array", "array of objects", "table"),
    *("column twice", "NaT"),
}
SECONDS = 30.0  # where an answer hangs; what answers take is measured in benchmarks/bad_input.py


class Sampling(bs.BayescaleError):
    """Raised in place of sampling."""


@pytest.fixture(scope="module")
def subjects(tmp_path_factory: pytest.TempPathFactory, made_up: MadeUp) -> Iterator[Subjects]:
    """Posteriors of made-up draws, and a store that holds one."""
    folder = tmp_path_factory.mktemp("hostile")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bayescale.scaling.single_law.sample_posterior", lambda design, *rest: made_up(design))
        with pytest.raises(bs.ChecksFailed) as failed:
            bs.fit(runs_table(), "chinchilla", discrepancy=False, random_seed=1)
        patch.chdir(folder)
        patch.setattr("bayescale.scaling.single_law.sample_posterior", _stop)
        patch.setattr("bayescale.capability.fit.sample", _stop)
        patch.setattr("bayescale.calibration.loss_laws.calibrate_design", _stop)
        patch.setattr("bayescale.calibration.mixing_laws.run_simulations", _stop)
        patch.setattr("bayescale.calibration.horizons.run_simulations", _stop)
        fit = failed.value.fit
        risk = bs.fit_risk(trials_table(), ["model"], mixing="beta", draws=100, random_seed=1)
        store = bs.Store.create(folder / "store")
        store.publish("m", fit.tree, {})
        yield Subjects(fit, risk, store, folder)


def _stop(*_: object, **__: object) -> None:
    raise Sampling("this call would sample")


def names_of_callables() -> set[str]:
    """Public functions, and constructors and methods of public classes."""
    out = set()
    for name in bs.__all__:
        found = getattr(bs, name)
        if inspect.isclass(found) and not issubclass(found, Exception):
            members = vars(found).items()
            methods = (inspect.isfunction, lambda one: isinstance(one, staticmethod | classmethod))
            out |= {f"{name}.{key}" for key, one in members if not key.startswith("_") and any(t(one) for t in methods)}
            out.add(name)
        elif inspect.isfunction(found):
            out.add(name)
    return out


def test_hostile_calls_cover_every_public_callable(subjects: Subjects) -> None:
    assert names_of_callables() == set(calls(subjects))


@pytest.mark.parametrize("name", sorted(names_of_callables()))
def test_annotations_of_public_callables_can_be_compared_with(name: str) -> None:
    owner, _, member = name.partition(".")
    subject = inspect.getattr_static(getattr(bs, owner), member or "__init__", getattr(bs, owner))
    subject = getattr(bs, owner) if not inspect.isclass(getattr(bs, owner)) else getattr(subject, "__func__", subject)
    function = inspect.unwrap(subject)
    written = [p.annotation for p in inspect.signature(function).parameters.values() if isinstance(p.annotation, str)]
    assert all(eval(one, function.__globals__) for one in written)


@pytest.mark.parametrize(
    ("labels", "with_few"),
    [
        pytest.param(KINDS, (*SLOW, *WRITES), id="a value of each kind"),
        pytest.param(HOSTILE.keys() - USABLE, SLOW, id="every value", marks=pytest.mark.slow),
    ],
)
def test_every_public_callable_answers_hostile_arguments(
    subjects: Subjects, labels: Set[str], with_few: tuple[str, ...]
) -> None:
    faults, answered = [], 0
    with np.errstate(all="ignore"):
        for name, call in calls(subjects).items():
            values = {label: HOSTILE[label] for label in (FEW if name.startswith(with_few) else labels)}
            for parameter in call.parameters:
                if parameter == "progress":  # any function is one, and what it raises is the caller's
                    continue
                for label, value in values.items():
                    found = ending(lambda call=call, p=parameter, v=value: call.with_value(p, v), SECONDS)  # type: ignore[misc]
                    answered += found.kind == "answered"
                    if found.kind in ("foreign", "too long"):
                        faults.append(f"{name}({parameter}={label}): {found.kind} {found.text}")
    assert not faults, "\n".join(faults[:40])
    assert answered > 5_000


@pytest.mark.parametrize("wrong", ["unknown", "missing"])
def test_unknown_and_missing_arguments_are_named(subjects: Subjects, wrong: str) -> None:
    for name, call in calls(subjects).items():
        if name == "laws":  # a module that can be called
            continue
        needed = [one for one in inspect.signature(call.function).parameters.values() if one.default is one.empty]
        if wrong == "unknown":
            with pytest.raises(bs.InputError, match="has no argument 'nonsense'"):
                call.function(**{**call.arguments, "nonsense": 1})
        elif needed and needed[0].kind is not inspect.Parameter.VAR_POSITIONAL and name != "joined":
            with pytest.raises(bs.InputError, match="missing a required"):
                call.function()


def test_numpy_and_pandas_values_are_arguments(subjects: Subjects) -> None:
    fit, budgets = subjects.fit, [1e20, 1e21]
    expected = fit.allocate(budgets, family="a").table
    for usable in (np.array(budgets), pd.Series(budgets), tuple(budgets), [np.float32(1e20), np.float64(1e21)]):
        assert len(fit.allocate(usable, np.float64(0.9), np.str_("a")).table) == len(expected)
    one = fit.allocate(np.int64(10**18), family="a").table
    assert one["n_params_median"].tolist() == fit.allocate(10**18, family="a").table["n_params_median"].tolist()
    assert subjects.risk.at(1e3).table.equals(subjects.risk.at([1_000]).table)
    assert bs.Sampler(draws=np.int64(200)).draws == 200
    assert bs.pass_at_k(pd.Series([10, 10]), np.array([1, 2]), 5).shape == (2,)
    assert bs.load(subjects.folder / "saved.nc").families == fit.families
    assert len(bs.read_trials(trials_table()).grouped(pd.Index(["model"])).table) == 20


def test_targets_name_a_column_that_stands_twice(subjects: Subjects) -> None:
    twice = pd.DataFrame([[1e9, 1e9, 1e10]], columns=["n_params", "n_params", "n_tokens"])
    with pytest.raises(bs.InputError, match="more than one column is called 'n_params'"):
        subjects.fit.forecast(twice)
    with pytest.raises(bs.InputError, match="cannot be read as a table"):
        subjects.fit.forecast([{**TARGET, "\ud800": 1}])


def test_changing_an_unknown_model_does_not_make_it(tmp_path: Path) -> None:
    store = bs.Store.create(tmp_path / "store")
    for change in (
        lambda: store.pin("nonsense"),
        lambda: store.unpin("nonsense"),
        lambda: store.retain("nonsense", 3),
        lambda: store.rollback("nonsense", 1),
        lambda: store.mark_delivered("nonsense", "webhook", 1),
    ):
        with pytest.raises(bs.StoredPosteriorError, match="has no model 'nonsense'"):
            change()
    assert store.models() == ()
