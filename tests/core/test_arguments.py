"""Validation of arguments by the annotations of public callables."""

import inspect

import pytest

import bayescale as bs
from benchmarks.hostile_calls import Call


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: bs.fit("example:pile", family=["a"]), r"family=\['a'\] must be text or None"),
        (lambda: bs.fit("example:pile", pooling=3), "pooling=3 must be a mapping or None"),
        (
            lambda: bs.fit("example:pile", priors=[1]),
            r"priors=\[1\] must be a mapping or a bayescale.PriorTable or None",
        ),
        (lambda: bs.fit("example:pile", sampler={"draws": 10}), "must be a bayescale.Sampler or None"),
        (lambda: bs.fit("example:pile", noise="growin"), "Did you mean 'growing'"),
        (lambda: bs.fit("example:pile", pooling={"alpha": "some"}), "the entry 'some' must be"),
        (lambda: bs.backtest("example:pile", cuts="x"), "cuts='x' must be a list of numbers"),
        (
            lambda: bs.read_runs("example:pile", rename="x"),
            "rename='x' must be a mapping or None",
        ),
        (lambda: bs.lognormal(0, 1), "median=0 of a positive parameter must be above 0"),
        (lambda: bs.lognormal(True, 1), "median=True must be a number"),
        (lambda: bs.lognormal("1", 1), "median='1' must be a number"),
        (lambda: bs.normal(0, -1), "spread=-1 of a prior must be finite and above 0"),
        (lambda: bs.Sampler(cores=0), "cores=0 must be at least 1"),
        (lambda: bs.Sampler(draws=10**12), "draws=1000000000000 must be at least 100 and at most"),
        (lambda: bs.Sampler(draws=100.5), "draws=100.5 must be a whole number"),
        (lambda: bs.law("\ud800"), "without NUL characters and surrogates"),
        (lambda: bs.fit("example:pile", familly="a"), "has no argument 'familly'. Did you mean 'family'"),
    ],
)
def test_wrong_arguments_are_named_with_what_is_allowed(call: Call, says: str) -> None:
    with pytest.raises(bs.BayescaleError, match=says):
        call()  # type: ignore[operator]


def test_every_wrong_argument_is_named_at_once() -> None:
    with pytest.raises(bs.InputError) as refused:
        bs.fit("example:pile", family=3, discrepancy="yes", random_seed="x")  # type: ignore[arg-type]
    assert len(refused.value.problems) == 3


def test_signatures_stay_as_written() -> None:
    assert list(inspect.signature(bs.Sampler).parameters)[:2] == ["draws", "tune"]
    assert inspect.signature(bs.lognormal).parameters["spread"].annotation is float
    assert bs.fit.__doc__ is not None
    assert bs.Fit.allocate.__name__ == "allocate"
