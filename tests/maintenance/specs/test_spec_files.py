"""Specs as files: every problem with its line."""

from pathlib import Path

import pytest

from bayescale.errors import InputError
from bayescale.maintenance.specs.spec_files import line_of, read_spec, read_specs

BAD = """\
[data]
source = "example:pile"
respones = "loss"

[[data.exclude]]
blank = "n_tokens"

[[data.exclude]]
reason = "diverged"
where = { run = "a" }

[[data.keep]]
column = "n_params"

[model]
noise = "big"
pooling = { alpha = "shred" }
[model.priors]
alpha = { median = -1, spread = 0.1 }

[samplr]
draws = 10
"""


def written(folder: Path, text: str, name: str = "a.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_every_problem_at_once_with_its_line_and_the_closest_name(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        read_spec(written(tmp_path, BAD))
    said = "\n".join(error.value.problems)
    assert "line 3: data.respones is not a key of this table. Did you mean 'response'?" in said
    assert "line 5: data.exclude.0.reason: field required" in said
    assert "line 12: data.keep.0: this rule has no condition" in said
    assert "line 16: model.noise = 'big'" in said
    assert "line 17: model.pooling.alpha = 'shred'" in said
    assert "line 19: model.priors.alpha.median = -1" in said
    assert "line 21: samplr is not a key of this table. Did you mean 'sampler'?" in said
    assert len(error.value.problems) == 7


def test_an_unknown_key_hides_no_other_mistake_of_its_table(tmp_path: Path) -> None:
    text = (
        '[data]\nsource = "x.csv"\nwandb = { files = "y.csv" }\nsorce = "z.csv"\n'
        "[sampler]\ndraws = 50000\nchains = 32\nchian = 4\n[model.priors]\nalpha = { spread = 0.1, sd = 2.0 }\n"
    )
    with pytest.raises(InputError) as error:
        read_spec(written(tmp_path, text))
    said = "\n".join(error.value.problems)
    for part in ("data.sorce is not", "has source, wandb", "sampler.chian is not", "50000 draws x 32 chains"):
        assert part in said
    assert "model.priors.alpha.sd is not" in said
    assert "a prior needs exactly one of" in said
    assert len(error.value.problems) == 6


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("../a.toml", "", "the file's name is the model's|there is no such file"),
        ("A B.toml", "[data]\n", "the file's name is the model's"),
        ("a.toml", "[data\n", "is not valid TOML"),
        ("a.toml", "[model]\n", "data: field required"),
        ("a.toml", '[data]\nsource = "x.csv"\nwandb = { files = "y.csv" }\n', "has source, wandb"),
        ("a.toml", '[data]\nsource = "x.csv"\n[alerts]\nwebhook = "https://host/secret"\n', "alerts.webhook"),
        ("a.toml", '[data]\nsource = "x.csv"\n[model]\nlaw = 3\n', "model.law"),
        ("a.toml", '[data]\nsource = "x.csv"\n[sampler]\ndraws = "many"\n', "sampler.draws = 'many'"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, name: str, text: str, said: str) -> None:
    path = tmp_path / name
    if path.resolve().parent == tmp_path:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        read_spec(path)


def test_all_files_of_a_folder_are_named_at_once(tmp_path: Path) -> None:
    written(tmp_path, "[data]\n", "a.toml")
    written(tmp_path, "[dat]\n", "b.toml")
    with pytest.raises(InputError, match="2 of 2 specs"):
        read_specs(tmp_path)
    with pytest.raises(InputError, match=r"the folder has no \.toml file"):
        read_specs(tmp_path / "none")
    for blank in ("", " "):  # of an unset variable: not the current folder
        with pytest.raises(InputError, match="the path of the folder of specs is blank"):
            read_specs(blank)


def test_lines_of_arrays_of_tables() -> None:
    text = '[[forecast]]\nname = "a"\n\n[[forecast]]\nname = "b"\n'
    assert line_of(text, ["forecast", 0, "name"]) == 2
    assert line_of(text, ["forecast", 1, "name"]) == 5
    assert line_of(text, ["forecast", 1]) == 4
    assert line_of(text, ["nothing"]) is None
