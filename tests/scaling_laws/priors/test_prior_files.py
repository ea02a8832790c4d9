"""Files of priors: those that are shipped, and those of users."""

from pathlib import Path

import pytest

import bayescale as bs
from bayescale.errors import InputError
from bayescale.scaling_laws.priors.prior_files import FOLDER, default_table, read_priors
from bayescale.scaling_laws.priors.prior_table import QUANTITIES


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_every_shipped_table_is_named_after_its_file_and_whole(path: Path) -> None:
    table = read_priors(path.stem)
    assert table.name == path.stem
    assert set(table.priors) >= {name for name, (_, required, _) in QUANTITIES.items() if required}


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


def test_a_prior_of_all_exponents_replaces_the_learned_ones_of_single_inputs(tmp_path: Path) -> None:
    path = tmp_path / "few.toml"
    path.write_text('name = "few"\n[priors]\nexponent = { median = 0.4, spread = 0.2 }\n', encoding="utf-8")
    table = read_priors(path)
    law = bs.law("chinchilla")
    assert law.prior("alpha", table=table) == law.prior("beta", table=table) == bs.lognormal(0.4, 0.2)
    assert "exponent_n_params" not in table.sources
    assert table.sources["q"] == default_table().sources["q"]
