"""The shipped table and the reviewed spec that goes with it."""

import tomllib
from pathlib import Path

import pandas as pd
import pytest

from bayescale.data.examples import example
from bayescale.data.reading import read_runs
from bayescale.data.runs import needs
from bayescale.errors import InputError
from bayescale.maintenance.source_rows import read_rows
from bayescale.maintenance.specs.spec import LossSpec
from bayescale.maintenance.specs.spec_files import read_spec
from tests.horizon.simulation import shipped_agents

ROOT = Path(__file__).parents[2]
SPEC = ROOT / "models" / "pile.toml"
FACTS = ROOT.parent / "shared" / "data" / "pile_loss_facts" / "table.csv"


def test_pile_reads_without_problems() -> None:
    runs = read_runs("example:pile")
    assert runs.source == "example:pile"
    assert runs.notes == ()
    assert runs.table.groupby("family").size().to_dict() == {
        "cerebras": 7,
        "cerebras_mup": 5,
        "gpt_j": 1,
        "neox": 1,
        "pythia": 8,
        "pythia_deduped": 8,
    }
    assert runs.table["run"].is_unique
    assert runs.table["run"].eq(runs.table["family"] + "-" + runs.table["model"]).all()


def test_pile_sizes_are_the_numbers_in_the_names() -> None:
    table = read_runs("example:pile").table
    scale = table["model"].str[-1].map({"M": 1e6, "B": 1e9})
    nominal = table["model"].str[:-1].astype(float) * scale
    assert (table["n_params"] / nominal - 1).abs().max() < 1e-12


def test_pile_tokens_are_blank_only_where_the_source_has_none() -> None:
    runs = read_runs("example:pile")
    with pytest.raises(InputError, match=r"'n_tokens': blank in rows 29, 30"):
        needs(runs, ["n_params", "n_tokens"])
    assert runs.complete("n_tokens").notes == (
        "2 rows are left out because n_tokens is blank: rows 29, 30 (families 'gpt_j', 'neox').",
    )
    pythia = runs.table[runs.table["family"].str.startswith("pythia")]
    assert set(pythia["n_tokens"]) == {143_000 * 2_097_152.0}


def test_an_unknown_example_names_the_closest() -> None:
    with pytest.raises(InputError, match="Did you mean 'pile'"):
        example("piles")
    with pytest.raises(InputError, match="Did you mean 'pile'"):
        read_runs("example:piles")
    with pytest.raises(InputError):
        example("../examples/pile")


@pytest.mark.shared
def test_pile_repeats_the_published_facts() -> None:
    if not FACTS.exists():
        pytest.skip("the public data sets are not beside the checkout")
    columns = ["family", "model", "n_params", "n_tokens", "loss"]
    facts = pd.read_csv(FACTS).rename(columns={"size": "model"}).dropna(subset="loss")[columns]
    ours = read_runs("example:pile").table[columns]
    pd.testing.assert_frame_equal(
        *(
            table.sort_values(["family", "n_params"]).reset_index(drop=True).astype({"n_params": float})
            for table in (ours, facts)
        )
    )


def test_the_spec_forecasts_known_runs_it_does_not_train_on() -> None:
    spec = read_spec(SPEC)
    assert isinstance(spec.content, LossSpec)
    train = read_rows(spec).value.table
    assert len(train) == 5 + 5 + 6 + 6
    everything = read_runs("example:pile").complete("n_tokens")
    rest = everything.table[~everything.table["run"].isin(train["run"])]
    keys = ["run", "family", "n_params", "n_tokens"]
    targets = [tuple(target[key] for key in keys) for target in spec.content.forecast]
    assert sorted(targets) == sorted(rest[keys].itertuples(index=False, name=None))


def test_the_spec_says_what_it_claims_and_from_which_sources() -> None:
    spec = tomllib.loads(SPEC.read_text(encoding="utf-8"))
    assert spec["model"] == {"law": "joint", "family": "family", "discrepancy": True, "noise": "growing"}
    assert spec["card"]["owner"] == "bayescale maintainers"
    assert spec["card"]["claim"].strip()
    assert any("2304.03208" in source for source in spec["card"]["sources"])
    assert any("1.889" in limit for limit in spec["card"]["known_limits"])


def test_the_simulated_agents_are_those_of_the_stated_seed() -> None:
    shipped = pd.read_csv(str(example("agent_horizons")))
    pd.testing.assert_frame_equal(shipped, shipped_agents(), check_dtype=False)
