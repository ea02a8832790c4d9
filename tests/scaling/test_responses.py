"""Several responses arranged as families of one response."""

import numpy as np
import pandas as pd
import pytest

from bayescale.data.reading import read_runs
from bayescale.errors import InputError
from bayescale.scaling.posterior import FittedLaws
from bayescale.scaling.predict.forecast import forecast
from bayescale.scaling.responses import law_of_table, stack_responses
from tests.mixtures import made_mixtures, mixture_table, true_loss


@pytest.fixture
def table() -> pd.DataFrame:
    """Two runs of four checkpoints; the last one of each is written twice, one value is blank."""
    tokens = np.array([1e9, 2e9, 3e9, 4e9, 4.0001e9])
    rows = [
        {
            "run": run,
            "n_params": size,
            "n_tokens": n,
            "weight_web": weight,
            "weight_code": 1 - weight,
            "web_loss": 3 + size**-0.1 + min(n, 4e9) ** -0.1,
            "code_loss": 2 + weight + size**-0.1 + min(n, 4e9) ** -0.1,
        }
        for run, size, weight in (("a", 1e8, 0.0), ("b", 4e8, 0.5))
        for n in tokens
    ]
    table = pd.DataFrame(rows)
    table.loc[0, "code_loss"] = np.nan
    return table


def test_every_response_is_a_family_with_its_values(table: pd.DataFrame) -> None:
    stacked = stack_responses(table, ["web_loss", "code_loss"], checkpoints=None).table
    assert stacked["family"].value_counts().to_dict() == {"web_loss": 8, "code_loss": 7}
    of_code = stacked[stacked["family"] == "code_loss"].sort_values(["run", "n_tokens"])
    np.testing.assert_array_equal(of_code["loss"], table["code_loss"].drop([0, 4, 9]))
    np.testing.assert_array_equal(of_code["weight_web"], table["weight_web"].drop([0, 4, 9]))


def test_thinned_runs_keep_their_last_checkpoint(table: pd.DataFrame) -> None:
    stacked = stack_responses(read_runs(table, response="web_loss"), ["web_loss", "code_loss"], checkpoints=2).table
    assert stacked.groupby(["family", "run"]).size().max() == 2
    assert (stacked.groupby(["family", "run"])["n_tokens"].max() == 4e9).all()


def test_mixture_law_takes_the_weights_of_the_table(table: pd.DataFrame) -> None:
    runs = stack_responses(table, ["web_loss", "code_loss"])
    law = law_of_table("mixture_effective", runs)
    assert not isinstance(law, str)
    assert set(law.inputs) == {"n_params", "n_tokens", "weight_web", "weight_code"}
    assert law_of_table("chinchilla", runs) == "chinchilla"


def test_all_problems_are_named_at_once(table: pd.DataFrame) -> None:
    with pytest.raises(InputError) as error:
        stack_responses(table, ["web_loss", "cod_loss", "web_loss"], checkpoints=0)
    text = str(error.value)
    assert "two or more different columns" in text
    assert "'cod_loss'" in text
    assert "code_loss" in text
    assert "checkpoints=0" in text


def test_families_of_the_table_are_refused(table: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="several responses take their place"):
        stack_responses(table.assign(family=["x"] * 5 + ["y"] * 5), ["web_loss", "code_loss"])


TARGET = {"n_params": 2e9, "n_tokens": 4e10, "weight_web": 0.5, "weight_code": 0.5}


def widths(laws: FittedLaws) -> dict[str, float]:
    """Widths of the intervals of the law, by response."""
    table = forecast(laws, [TARGET | {"family": name} for name in ("web_loss", "code_loss")]).table
    return dict(zip(table["family"], table["law_upper"] - table["law_lower"], strict=True))


@pytest.mark.slow
def test_truth_of_both_responses_is_within_their_intervals(mixture_laws: FittedLaws) -> None:
    half = np.array([0.5])
    truth = true_loss(half, half, np.array([2e9]), np.array([4e10]))[0]
    table = forecast(mixture_laws, [TARGET | {"family": name} for name in ("web_loss", "code_loss")], 0.99).table
    assert (table["law_lower"] < truth).all()
    assert (table["law_upper"] > truth).all()


@pytest.mark.slow
def test_fewer_runs_of_a_response_widen_its_interval(mixture_laws: FittedLaws) -> None:
    few = mixture_table()
    few.loc[few.index % 3 != 0, "code_loss"] = np.nan
    before, after = widths(mixture_laws), widths(made_mixtures(few))
    assert after["code_loss"] > 1.15 * before["code_loss"]
    assert after["web_loss"] < 1.3 * before["web_loss"]


@pytest.mark.slow
def test_noise_of_one_response_widens_its_interval_alone(mixture_laws: FittedLaws) -> None:
    noisy = mixture_table()
    noisy["code_loss"] *= np.exp(np.random.default_rng(5).normal(0, 0.02, len(noisy)))
    laws = made_mixtures(noisy)
    before, after = widths(mixture_laws), widths(laws)
    assert after["code_loss"] > 1.5 * before["code_loss"]
    assert after["web_loss"] < 1.3 * before["web_loss"]
    scale = laws.posterior.functions.noise_scale
    assert scale is not None
    code, web = (np.median(scale[..., laws.families.index(name)]) for name in ("code_loss", "web_loss"))
    assert code > 2 * web
