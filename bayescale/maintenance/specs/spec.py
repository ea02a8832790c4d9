"""A maintained model as a reviewed spec: data, model, sampler, forecasts, alerts and card.

`spec_files` reads specs. Nothing in a spec is executed; secrets are variables of the environment (`${NAME}`) and never
written out.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from bayescale.core.limits import LARGEST_NUMBER
from bayescale.maintenance.specs.spec_data import (
    Budget,
    Data,
    Date,
    Level,
    Many,
    Minutes,
    Number,
    OneOrMany,
    Pair,
    Part,
)

if TYPE_CHECKING:
    from bayescale.scaling_laws.law import Law
    from bayescale.scaling_laws.priors.prior_table import PriorTable

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
#: Tables of a spec that a posterior depends on.
FITTED = ("data", "model", "laws", "priors", "sampler", "risk", "horizon", "random_seed")
#: Placeholders in the card of a first spec. Reports do not show these, so that the texts must not change.
PLACEHOLDERS: Mapping[str, str] = {
    "claim": "what this model is relied on for, in a sentence",
    "owner": "who answers for it",
    "requested_by": "who asked for these numbers",
    "sources": "where the runs come from",
    "known_limits": "what a reader must not conclude from it",
}
LARGEST = 1_000_000  # bytes of a spec
MOST_DRAWS = 200_000  # of all chains together: more than any interval needs, and about what memory holds


class Prior(Part):
    """A prior: { median, spread } is lognormal, { mean, spread } normal, { logit, spread } logit-normal."""

    median: float | None = Field(default=None, gt=0, le=LARGEST_NUMBER)
    mean: Number | None = None
    logit: float | None = Field(default=None, ge=-700, le=700)
    spread: float = Field(gt=0, le=LARGEST_NUMBER)

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if sum(value is not None for value in (self.median, self.mean, self.logit)) != 1:
            raise ValueError("a prior needs exactly one of median (lognormal), mean (normal) and logit (logit-normal)")
        return self


class LossModel(Part):
    """A law, or several that are stacked, and their settings. A law or table of priors that ends in .toml is a file."""

    law: OneOrMany = "joint"
    family: str | None = "family"
    discrepancy: bool = True
    noise: Literal["growing", "constant"] | None = None
    pooling: Mapping[str, Literal["shared", "partial", "free"]] = Field(default_factory=dict)
    priors: Mapping[str, Prior] = Field(default_factory=dict)
    prior_table: str | None = None


class Judge(Part):
    """The errors of a judge: Beta priors of its sensitivity and of its false positive rate."""

    sensitivity: Pair = (19.0, 1.0)
    false_positive_rate: Pair = (1.0, 99.0)
    errors: Literal["independent", "persistent"] = "independent"


class RiskModel(Part):
    """Settings of risk under repeated attempts: groups, mixing laws, and the sampling design (inferred by default)."""

    by: Many[str] = ()
    mixing: Many[str] = ()
    judge: Judge | None = None
    scorer: str | None = None
    success: Number | None = None
    design: Literal["fixed", "until_success", "adaptive"] | None = None


class HorizonModel(Part):
    """Settings of time horizons. Release dates by agent replace the column `release_date`."""

    agent: str = "model"
    release_dates: Mapping[str, Date] = Field(default_factory=dict)
    draws: int = Field(default=1200, ge=200, le=20_000)
    scorer: str | None = None
    success: Number | None = None


class Trend(Part):
    """What is published of horizons: levels of success (the trend is that of the first), horizons to be reached."""

    levels: Annotated[Many[Level], Field(min_length=1, max_length=20)] = (0.5, 0.8)
    reach: Annotated[Many[Minutes], Field(max_length=100)] = (60.0, 480.0)
    agents: Many[str] = ()


class AgentTarget(Part):
    """A forecast of the horizon of an agent that is released on a date; `run` is the name under which it will land."""

    date: Date
    name: str = ""
    run: str = ""


class Sampling(Part):
    """Settings of the sampler. The seed makes a re-fit repeatable."""

    random_seed: int = Field(default=0, ge=0, lt=2**63)
    draws: int = Field(default=1000, ge=100, le=50_000)
    tune: int = Field(default=500, ge=100, le=50_000)
    chains: int = Field(default=4, ge=2, le=32)
    target_accept: float = Field(default=0.97, ge=0.5, lt=1)
    attempts: int = Field(default=3, ge=1, le=10)
    max_rows: int = Field(default=10_000, ge=1, le=10_000_000)

    @model_validator(mode="after")
    def _fits_memory(self) -> Self:
        if self.draws * self.chains > MOST_DRAWS:
            raise ValueError(f"{self.draws} draws x {self.chains} chains exceed {MOST_DRAWS}: lower draws or chains")
        return self


class Alerts(Part):
    """When and where to alert. A spec names no command: the operator gives one on the command line."""

    webhook: str | None = Field(default=None, pattern=r"^\$\{[A-Z][A-Z0-9_]*\}$")  # a variable that holds the address
    format: Literal["json", "slack", "teams"] = "json"  # what the webhook receives
    prob: float = Field(default=0.98, gt=0, lt=1)  # a run outside this interval of its forecast is drift


class Card(Part):
    """What a reader must know about the model."""

    claim: str = ""
    owner: str = ""
    requested_by: str = ""
    sources: Many[str] = ()
    known_limits: Many[str] = ()


class _Model(Part):
    data: Data
    alerts: Alerts = Alerts()
    card: Card = Card()


class LossSpec(_Model):
    """A model of loss. Each `forecast` is a target: inputs of the law, and optionally `name`, `family` and `run`."""

    model: LossModel = LossModel()
    sampler: Sampling = Sampling()
    forecast: Annotated[Many[Mapping[str, str | int | float]], Field(max_length=10_000)] = ()


class TrialsSpec(_Model):
    """A model of trials, which come from files or an example."""

    random_seed: int = Field(default=0, ge=0, lt=2**63)

    @property
    def scored_by(self) -> tuple[str | None, float | None]:
        """The scorer of an evaluation log, and the least score of a success."""
        raise NotImplementedError

    @model_validator(mode="after")
    def _of_files(self) -> Self:
        unused = sorted(self.data.model_fields_set - {"source", "rename", "complete_file"})
        if self.data.source is None or unused:
            raise ValueError(
                "[data] of a model of risk or of horizons allows only source, rename and complete_file"
                + (f", not {', '.join(unused)}" if unused else "")
            )
        return self


class RiskSpec(TrialsSpec):
    """A model of risk: trials, and the numbers of attempts that are forecast."""

    risk: RiskModel
    budgets: Annotated[Many[Budget], Field(max_length=1_000)] = (1_000, 10_000)

    @property
    def scored_by(self) -> tuple[str | None, float | None]:
        """The scorer of an evaluation log, and the least score of a success."""
        return self.risk.scorer, self.risk.success


class HorizonSpec(TrialsSpec):
    """A model of time horizons: trials with human times, and agents that are forecast by their release dates."""

    horizon: HorizonModel
    trend: Trend = Trend()
    forecast: Annotated[Many[AgentTarget], Field(max_length=1_000)] = ()

    @property
    def scored_by(self) -> tuple[str | None, float | None]:
        """The scorer of an evaluation log, and the least score of a success."""
        return self.horizon.scorer, self.horizon.success


type Content = LossSpec | RiskSpec | HorizonSpec


def kind_of_document(document: Mapping[str, Any]) -> type[LossSpec | RiskSpec | HorizonSpec]:
    """Return what validates a spec: its table `[risk]` or `[horizon]` decides; a spec without them is of losses.

    Parameters
    ----------
    document : mapping of str to Any
        The spec's TOML document.

    Returns
    -------
    type
        A class of specs.
    """
    return RiskSpec if "risk" in document else HorizonSpec if "horizon" in document else LossSpec


def _texts(value: object, where: str) -> Iterator[tuple[str, str]]:
    """Every text in plain data, with its path."""
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from _texts(item, f"{where}.{name}")
    elif isinstance(value, list | tuple):
        for position, item in enumerate(value):
            yield from _texts(item, f"{where}.{position}")


@dataclass(frozen=True)
class ModelSpec:
    """One file. The file's stem is the model's name, and paths in it are relative to its folder.

    Parameters
    ----------
    name : str
        The model's name.
    path : pathlib.Path
        The file.
    content : LossSpec, RiskSpec or HorizonSpec
        What the file says.
    file_laws : mapping of str to Law
        Laws in separate files, by the names that the spec gives them.
    prior_table : PriorTable, optional
        Priors in place of the default ones.
    """

    name: str
    path: Path
    content: Content
    file_laws: Mapping[str, "Law"] = field(default_factory=dict)
    prior_table: "PriorTable | None" = None

    @property
    def laws(self) -> "tuple[str | Law, ...]":
        """The laws of a model of loss: names of the catalogue, and laws that were read from files."""
        names = self.content.model.law if isinstance(self.content, LossSpec) else ()
        return tuple(self.file_laws.get(name, name) for name in ((names,) if isinstance(names, str) else names))

    @property
    def folder(self) -> Path:
        """The folder that relative paths in the spec start from."""
        return self.path.parent

    @property
    def placeholders(self) -> dict[str, str]:
        """Every text of the spec with a variable of the environment, by its path."""
        return {where: text for where, text in _texts(self.content.model_dump(mode="json"), "") if "${" in text}

    @property
    def as_data(self) -> dict[str, Any]:
        """The spec as plain data, without defaults and with what its files hold; equal for specs that mean the same."""
        laws = {name: json.loads(law.to_json()) for name, law in self.file_laws.items()}
        data = self.content.model_dump(mode="json", exclude_defaults=True) | ({"laws": laws} if laws else {})
        return data if self.prior_table is None else data | {"priors": self.prior_table.to_document()}

    @property
    def fitted_data(self) -> dict[str, Any]:
        """The part of the spec that the posterior depends on."""
        return {name: part for name, part in self.as_data.items() if name in FITTED}
