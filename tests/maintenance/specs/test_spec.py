"""Is a spec validated whole, with lines and closest names, and do two files that ask the same count as the same?"""

from pathlib import Path

from bayescale.maintenance.specs.spec import LossSpec, RiskSpec
from bayescale.maintenance.specs.spec_files import read_spec, read_specs

MODELS = Path(__file__).parents[3] / "models"


def written(folder: Path, text: str, name: str = "a.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_the_specs_of_this_repository_are_valid() -> None:
    specs = {spec.name: spec for spec in read_specs(MODELS)}
    assert {"pile", "pile_published", "tau_airline"} <= set(specs)
    assert isinstance(specs["tau_airline"].content, RiskSpec)
    assert isinstance(specs["pile_published"].content, LossSpec)
    assert specs["pile_published"].content.model.law == ("joint", "chinchilla")


def test_comments_and_order_do_not_change_what_is_asked(tmp_path: Path) -> None:
    one = read_spec(written(tmp_path, '[data]\nsource = "example:pile"\n[model]\nlaw = "joint"\nnoise = "constant"\n'))
    text = '# said\n[model]\nnoise = "constant"\n[data]\nresponse = "loss"\nsource = "example:pile"\n'
    two = read_spec(written(tmp_path, text, "b.toml"))
    assert one.as_data == two.as_data
    assert one.fitted_data == two.fitted_data
    card = read_spec(written(tmp_path, text + '[card]\nowner = "us"\n', "c.toml"))
    assert card.as_data != two.as_data
    assert card.fitted_data == two.fitted_data
