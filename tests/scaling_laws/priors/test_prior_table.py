"""Tables of priors: what they must hold, their files, and where a law takes its priors from."""

from dataclasses import replace
from pathlib import Path

import pytest

import bayescale as bs
from bayescale.errors import InputError
from bayescale.scaling.model.priors import prior_of, scale_of, single_family_prior, spread_prior
from bayescale.scaling.model.spec import Spec
from bayescale.scaling_laws.priors.prior_files import FOLDER, default_table, read_priors, shipped, table_from_document
from bayescale.scaling_laws.priors.prior_table import QUANTITIES, PriorTable
from bayescale.scaling_laws.registry import CATALOGUE

OURS = {
    "exponent": bs.lognormal(0.2, 0.1),
    "exponent_n_params": bs.lognormal(0.25, 0.05),
    "slope_n_tokens": bs.lognormal(0.06, 0.3),
    "floor": bs.logitnormal(0.9, 0.3),
    "level": bs.lognormal(1.1, 0.1),
    "spread_exponent": bs.lognormal(0.05, 0.2),
    "noise_floor": bs.lognormal(0.002, 0.4),
}


def ours() -> PriorTable:
    return shipped("stated").with_priors(OURS, "ours")


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_every_shipped_table_is_named_after_its_file_and_whole(path: Path) -> None:
    table = read_priors(path.stem)
    assert table.name == path.stem
    assert set(table.priors) >= {name for name, (_, required, _) in QUANTITIES.items() if required}


def test_a_saved_table_is_read_back(tmp_path: Path) -> None:
    table = replace(ours(), name='ours, "2026"', sources={"exponent": ("a", "b\\c"), "noise_floor": ("a",)})
    table.save(tmp_path / "ours.toml")
    read = read_priors(tmp_path / "ours.toml")
    assert (read.name, read.sources) == (table.name, table.sources)
    for name, prior in table.priors.items():
        assert read[name].spread == prior.spread
        assert read[name].location == pytest.approx(prior.location, abs=1e-12)
    assert read.learned_from == ("a", "b\\c")
    assert "learned from 2 tables of runs: a, b\\c" in read.description


def test_a_file_may_leave_quantities_out(tmp_path: Path) -> None:
    path = tmp_path / "few.toml"
    path.write_text('name = "few"\n[priors]\nq = { median = 0.4, spread = 0.2 }\n', encoding="utf-8")
    assert read_priors(path) == default_table().with_priors({"q": bs.lognormal(0.4, 0.2)}, "few")


def test_every_problem_of_a_file_is_reported_at_once(tmp_path: Path) -> None:
    path = tmp_path / "wrong.toml"
    text = '[priors]\nexponnt = { median = 0.4, spread = 0.2 }\nq = { median = 0.4 }\n[sources]\nq = "a"\n'
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_priors(path)
    for problem in (
        "4 problems",
        "name is missing",
        "'exponnt' in priors. Did you mean",
        "spread is missing",
        "sources.q",
    ):
        assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("priors", "problem"),
    [
        ({"noise_flor": bs.lognormal(0.1, 1.0)}, "'noise_flor' is no quantity. Did you mean 'noise_floor'"),
        ({"floor": bs.lognormal(0.6, 0.2)}, "floor: needs a prior on the logit scale (logit), not on the log scale"),
    ],
)
def test_a_prior_that_a_table_cannot_hold_is_refused(priors: dict[str, bs.Prior], problem: str) -> None:
    with pytest.raises(InputError) as caught:
        shipped("stated").with_priors(priors)
    assert problem in str(caught.value)


def test_an_incomplete_table_and_an_unknown_name_are_refused() -> None:
    with pytest.raises(InputError, match="exponent is missing"):
        PriorTable("few", {"q": bs.lognormal(0.4, 0.2)})
    with pytest.raises(InputError, match=r"'statd' are not shipped\. Did you mean 'stated'"):
        read_priors("statd")
    with pytest.raises(InputError, match="name is empty"):
        PriorTable(" ", shipped("stated").priors)


def test_a_stored_table_of_an_earlier_release_has_its_constants_for_quantities_that_are_new() -> None:
    document = ours().to_document()
    assert table_from_document(document) == ours()
    del document["priors"]["noise_df"]
    assert table_from_document(document)["noise_df"] == shipped("stated")["noise_df"]


def test_a_law_takes_from_the_table_what_it_does_not_give_itself() -> None:
    law = replace(bs.law("chinchilla"), priors={"beta": bs.lognormal(0.5, 0.2)})
    spec = Spec(law, priors=ours())
    expected = {
        "E": OURS["floor"],
        "A": shipped("stated")["slope"],
        "B": OURS["slope_n_tokens"],
        "alpha": OURS["exponent_n_params"],
        "beta": bs.lognormal(0.5, 0.2),
    }
    assert {name: prior_of(spec, name) for name in law.parameter_names} == expected
    assert spread_prior(spec, "alpha") == OURS["spread_exponent"]
    assert single_family_prior(spec, "alpha").spread == pytest.approx((0.05**2 + 0.05**2) ** 0.5)
    assert prior_of(Spec(bs.law("kaplan"), priors=ours()), "D_c") == OURS["level"]


@pytest.mark.parametrize("law", CATALOGUE.values(), ids=lambda law: law.name)
def test_no_table_changes_the_scale_of_a_coordinate(law: bs.Law) -> None:
    spec = Spec(law, priors=ours())
    names = law.parameter_names
    assert [prior_of(spec, name).scale for name in names] == [scale_of(law, name) for name in names]
