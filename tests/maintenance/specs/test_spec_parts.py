"""A spec that names a table of priors: a file beside it, part of what its posterior depends on."""

from pathlib import Path

import pytest

import bayescale as bs
from bayescale.errors import InputError
from bayescale.maintenance.specs.spec_files import read_spec, read_specs

SPEC = """\
[data]
source = "runs.csv"

[model]
law = "chinchilla"
prior_table = {table!r}
"""


def spec_of(folder: Path, table: str) -> Path:
    path = folder / "m.toml"
    path.write_text(SPEC.format(table=table), encoding="utf-8")
    return path


def test_a_file_of_priors_is_read_and_belongs_to_what_is_fitted(tmp_path: Path) -> None:
    ours = bs.read_priors("stated").with_priors({"exponent": bs.lognormal(0.2, 0.1)}, "ours")
    ours.save(tmp_path / "priors.toml")
    spec = read_spec(spec_of(tmp_path, "priors.toml"))
    assert spec.prior_table is not None
    assert spec.prior_table["exponent"].quantile(0.5) == pytest.approx(0.2)
    before = spec.fitted_data
    ours.with_priors({"q": bs.lognormal(0.4, 0.1)}, "ours").save(tmp_path / "priors.toml")
    assert read_spec(spec_of(tmp_path, "priors.toml")).fitted_data != before
    assert [entry.name for entry in read_specs(tmp_path)] == ["m"]  # the file of priors beside it is no spec


def test_a_spec_without_a_table_has_no_priors_in_its_data(tmp_path: Path) -> None:
    path = spec_of(tmp_path, "stated")
    assert "priors" in read_spec(path).fitted_data
    path.write_text(path.read_text().replace("prior_table = 'stated'\n", ""), encoding="utf-8")
    assert "priors" not in read_spec(path).fitted_data


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ("../priors.toml", "file must lie in its spec's folder or below"),
        ("none.toml", "none.toml"),
        ("statd", "Did you mean 'stated'"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_with_its_line(tmp_path: Path, table: str, problem: str) -> None:
    with pytest.raises(InputError) as caught:
        read_spec(spec_of(tmp_path, table))
    assert "line 6: model.prior_table" in str(caught.value)
    assert problem in str(caught.value)
