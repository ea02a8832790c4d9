"""Laws in files of their own, named by a spec: found, followed when they are edited, and refused with every problem."""

from pathlib import Path

import pytest

from bayescale.errors import InputError
from bayescale.maintenance.outcome import Outcome
from bayescale.maintenance.refit import RefitOptions, refit
from bayescale.maintenance.source_rows import read_rows
from bayescale.maintenance.specs.spec_files import read_spec, read_specs
from bayescale.maintenance.store.posteriors import Store
from tests.conftest import simulated_runs
from tests.maintenance.conftest import PLAIN

#: Chinchilla's expression under another name: tests share its compiled code.
LAW = """\
name = "ours"
source = "our notes"
floor = "E"

[[power]]
amplitude = "A"
exponent = "alpha"
quantity = "n_params"

[[power]]
amplitude = "B"
exponent = "beta"
quantity = "n_tokens"
"""
SPEC = PLAIN.replace('"chinchilla"', '"ours.toml"') + "\n[sampler]\ndraws = 500\ntune = 300\nchains = 2\n"


def written(folder: Path, law: str = LAW, spec: str = SPEC) -> Path:
    simulated_runs(n=12).to_csv(folder / "runs.csv", index=False)
    (folder / "ours.toml").write_text(law, encoding="utf-8")
    (folder / "made.toml").write_text(spec, encoding="utf-8")
    return folder


def again(folder: Path, **asked: bool) -> Outcome:
    (found,) = refit(read_specs(folder), str(folder / "store"), RefitOptions(**asked))
    return found


def test_an_edited_law_is_fitted_again_and_said_to_be_the_reason(tmp_path: Path) -> None:
    first = again(written(tmp_path))
    assert (first.status, first.path) == ("published", "sampled")
    (version,) = Store.open(str(tmp_path / "store")).history("made")
    kept = version.lineage["spec"]["laws"]["ours.toml"]
    assert (kept["name"], kept["expression"]["floor"]) == ("ours", "E")
    written(tmp_path, "# said\n" + LAW)
    assert again(tmp_path).status == "unchanged"
    written(tmp_path, LAW + "\n[priors]\nalpha = { median = 0.3, spread = 0.1 }\n")
    edited = again(tmp_path, dry_run=True)
    assert (edited.status, edited.why) == ("would fit", "the law in ours.toml changed")
    written(tmp_path, LAW.replace("beta", "gamma"), SPEC.replace("constant", "growing"))
    both = again(tmp_path, dry_run=True)
    assert both.why == "the law in ours.toml changed; data, model or sampler of the spec changed"
    written(tmp_path, spec=SPEC.replace("ours.toml", "chinchilla"))
    assert again(tmp_path, dry_run=True).why == "data, model or sampler of the spec changed"


def test_columns_are_those_of_the_law_in_the_file(tmp_path: Path) -> None:
    folder = written(tmp_path, LAW + '\n[formula]\ntext = "k * bits**-2"\n\n[priors.k]\nmedian = 0.1\nspread = 1.0\n')
    simulated_runs(n=12).assign(bits=8.0, lr=1e-3).to_csv(folder / "runs.csv", index=False)
    read = read_rows(read_spec(folder / "made.toml"))
    assert set(read.columns) == {"family", "run", "n_params", "n_tokens", "bits", "loss"}


def test_a_stack_takes_files_and_names_side_by_side(tmp_path: Path) -> None:
    folder = written(tmp_path, spec=SPEC.replace('"ours.toml"', '["chinchilla", "laws/ours.toml"]'))
    (folder / "laws").mkdir()
    (folder / "ours.toml").rename(folder / "laws" / "ours.toml")
    (spec,) = read_specs(folder)
    name, law = spec.laws
    assert name == "chinchilla"
    assert not isinstance(law, str)
    assert law.name == "ours"
    assert list(spec.fitted_data["laws"]) == ["laws/ours.toml"]


def test_a_spec_is_no_law_because_another_names_it(tmp_path: Path) -> None:
    folder = written(tmp_path, law=PLAIN)
    with pytest.raises(InputError, match="1 of 2 specs cannot be used") as error:
        read_specs(folder)
    assert "unknown key 'data'" in str(error.value)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("none.toml", "none.toml cannot be read: No such file"),
        ("../ours.toml", "a law's file must lie in its spec's folder or below"),
        ("laws/../../ours.toml", "a law's file must lie in its spec's folder or below"),
        ("/etc/ours.toml", "a law's file must lie in its spec's folder or below"),
    ],
)
def test_a_law_that_is_not_there_or_elsewhere_is_refused(tmp_path: Path, name: str, said: str) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    (tmp_path / "ours.toml").write_text(LAW, encoding="utf-8")
    (folder / "made.toml").write_text(SPEC.replace("ours.toml", name), encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_specs(folder)
    assert "made.toml: this spec cannot be used" in str(error.value)
    assert f"line 5: model.law = {name!r}: " in str(error.value)
    assert said in str(error.value)


def test_all_problems_of_a_law_and_of_its_spec_at_once(tmp_path: Path) -> None:
    law = LAW.replace('"n_tokens"', '"n_tokens +* 2"').replace("floor =", "flor =")
    folder = written(
        tmp_path, law, SPEC.replace("draws = 500", "draws = 5").replace('"ours.toml"', '["a.toml", "ours.toml"]')
    )
    with pytest.raises(InputError) as error:
        read_specs(folder)
    said = str(error.value)
    assert "a.toml cannot be read" in said
    assert "ours.toml: 2 problems in this law" in said
    assert "unknown key 'flor'. Did you mean 'floor'?" in said
    assert "power 2.quantity" in said
    assert "sampler.draws = 5" in said
