"""Are the public sets read, cut and thinned as the benchmark over all of them says, before anything is fitted?"""

from collections import Counter
from functools import cache

import numpy as np
import pandas as pd
import pytest

from bayescale.scaling_laws.registry import law as find_law
from benchmarks import all_sets_tables as tables
from benchmarks.all_sets_rivals import least_squares_quantiles
from benchmarks.shared import SHARED, loss_splits

needs_data = pytest.mark.skipif(not (SHARED / "data").is_dir(), reason="the public data are not beside the checkout")
LEAST = {*tables.EIGHT, "gpt3", "opt", "steplaw", "datablations", "routed_moe", "multipower", "learning_curves"}


@cache
def every() -> tuple[tables.Split, ...]:
    return tuple(tables.splits())


def test_halves_are_the_sorted_names_in_turn() -> None:
    assert set(tables.HALVES) >= LEAST
    names = sorted(tables.HALVES)
    assert [tables.HALVES[name] for name in names] == ["A", "B"] * (len(names) // 2) + ["A"] * (len(names) % 2)


def test_a_thinned_curve_keeps_both_ends_and_even_steps() -> None:
    curve = pd.DataFrame({"step": np.arange(1.0, 1001), "loss": 1.0})
    kept = tables.few(curve.sample(frac=1, random_state=1), "step", 4)["step"].tolist()
    assert kept == [1, 10, 100, 1000]


def test_blank_runs_never_continue() -> None:
    train = pd.DataFrame({"family": ["a", "a", "b"], "run": ["", "r", "s"]})
    test = pd.DataFrame({"family": ["a", "a", "a", "b"], "run": ["", "r", "s", "s"]})
    assert tables.continued(train, test)["continues"].tolist() == [False, True, False, True]


def test_least_squares_finds_a_law_and_is_sure_of_it_where_there_is_no_noise() -> None:
    law = find_law("lr_annealing")
    rng = np.random.default_rng(1)
    inputs = {"lr_area": np.exp(rng.uniform(-1, 3, 30)), "lr_annealing": rng.uniform(0, 0.3, 30)}
    truth = {"E": 3.0, "A": 0.5, "alpha": 0.5, "C": 0.4}
    table = pd.DataFrame({"family": "one", **inputs, "loss": law.predict(inputs, truth)})
    far = pd.DataFrame({"family": ["one"], "lr_area": [100.0], "lr_annealing": [0.4]})
    lower, median, upper = least_squares_quantiles(law, table, far)[:, 0]
    expected = np.log(law.predict({"lr_area": 100.0, "lr_annealing": 0.4}, truth))
    assert median == pytest.approx(expected, abs=1e-4)
    assert lower <= median <= upper < lower + 1e-3


@pytest.mark.shared
@needs_data
def test_every_split_fits_below_its_cut_what_its_law_asks_for() -> None:
    cuts = {one.name: one.cut for one in tables.SETS} | dict.fromkeys(tables.EIGHT, "flops")
    assert {split.name for split in every()} == set(tables.HALVES)
    assert len({split.key for split in every()}) == len(every())
    for split in every():
        both = pd.concat([split.train, split.test])
        numbers = both[[*split.law.inputs, "loss"]].to_numpy(dtype=float)
        assert np.isfinite(numbers).all(), split.key
        assert (both["loss"] > 0).all(), split.key
        assert len(split.train) <= 400
        if split.part != "authors":
            column = cuts[split.name]
            assert split.train[column].max() < split.test[column].min(), split.key
            assert both[column].max() / split.train[column].max() >= split.factor * 0.999


@pytest.mark.shared
@needs_data
def test_the_eight_sets_are_cut_as_before() -> None:
    mine = [split for split in every() if split.name in tables.EIGHT]
    for here, there in zip(mine, loss_splits(), strict=True):
        assert (here.name, here.factor) == (there.name, there.factor)
        pd.testing.assert_series_equal(here.train["loss"], there.train["loss"])
        pd.testing.assert_series_equal(here.test["loss"], there.test["loss"])
    assert not any(split.test["continues"].any() for split in mine if split.name == "misfitting")


@pytest.mark.shared
@needs_data
def test_rows_that_a_law_cannot_say_are_not_in_its_table() -> None:
    repeated = tables.datablations()
    assert (repeated["n_tokens"] / repeated["n_unique_tokens"]).max() <= tables.MOST_EPOCHS
    frontier = tables.clip_mammut()
    for _, one in frontier.groupby("family"):
        assert one["flops"].is_monotonic_increasing
        assert (np.diff(one["loss"]) < 0).all()
    best = tables.steplaw()
    assert len(best) == len(best[["n_params", "n_tokens"]].drop_duplicates()) == 15
    assert (tables.routed_moe().query("family == 'Dense'")["n_experts"] == 1).all()


@pytest.mark.shared
@needs_data
def test_the_run_at_a_constant_rate_is_there_once() -> None:
    table = tables.multipower()
    still = table[table["lr_annealing"] == 0]
    assert set(still["run"]) == {tables.LONGEST}
    assert not still.duplicated(["family", "step"]).any()
    split = tables.schedules_split()
    assert set(split.train["run"]) == {"cosine_24000", "wsdcon_9", tables.LONGEST}
    assert set(split.test.loc[split.test["continues"], "run"]) == {tables.LONGEST}
    assert split.test.loc[split.test["continues"], "step"].min() > 24_000


@pytest.mark.shared
@needs_data
def test_curves_keep_few_points_and_are_runs() -> None:
    alone = [split for split in every() if split.name == "learning_curves"]
    assert Counter(split.part for split in alone).most_common(1)[0][1] == 3
    for split in alone:
        assert split.test["continues"].all()
        assert len(split.train) + len(split.test) <= tables.CURVE_POINTS
    for table in (tables.gpt3(), tables.opt(), tables.pythia_lambada()):
        assert table.groupby(["family", "run"]).size().max() <= tables.CHECKPOINTS
