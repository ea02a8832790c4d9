"""Is a spec validated whole, with lines and closest names, and do two files that ask the same count as the same?"""

from pathlib import Path

import pytest

from bayescale.errors import InputError
from bayescale.maintenance.specs.spec import HorizonSpec, LossSpec, RiskSpec
from bayescale.maintenance.specs.spec_files import read_spec, read_specs

MODELS = Path(__file__).parents[3] / "models"


def written(folder: Path, text: str, name: str = "a.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_the_specs_of_this_repository_are_valid() -> None:
    specs = {spec.name: spec for spec in read_specs(MODELS)}
    assert {"agent_horizons", "pile", "pile_published", "tau_airline"} <= set(specs)
    assert isinstance(specs["tau_airline"].content, RiskSpec)
    assert isinstance(specs["agent_horizons"].content, HorizonSpec)
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


AGENTS = '[data]\nsource = "example:agent_horizons"\n[horizon]\n'


def test_dates_of_a_spec_of_horizons_are_dates_or_texts(tmp_path: Path) -> None:
    text = AGENTS + 'release_dates = {{ "agent-1" = {0} }}\n[[forecast]]\ndate = {0}\n'
    specs = [read_spec(written(tmp_path, text.format(date))) for date in ("2026-01-01", '"2026-01-01"')]
    assert specs[0].as_data == specs[1].as_data
    assert specs[0].as_data["forecast"] == [{"date": "2026-01-01"}]
    assert set(specs[0].fitted_data) == {"data", "horizon"}  # a new target needs no fit


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('[[forecast]]\ndate = "soon"\n', "forecast.0.date = 'soon'"),
        ("[[forecast]]\ndate = 1.5\n", "forecast.0.date = 1.5"),
        ("[trend]\nlevels = [1.5]\n", "trend.levels"),
        ("[trend]\nlevels = []\n", "trend.levels"),
        ("[trend]\nreach = [-1]\n", "trend.reach"),
        ("[sampler]\ndraws = 1000\n", "sampler is not a key"),
        ("[risk]\n", "horizon is not a key"),
    ],
)
def test_what_a_spec_of_horizons_cannot_say(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_spec(written(tmp_path, AGENTS + line))
