"""A maintained model as a reviewed spec: data, model, sampler, forecasts, alerts, and what the card says of it.

`spec_files` reads them. Nothing in a spec is executed; values such as passwords are named (`${NAME}`), never written.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from bayescale.core.limits import LARGEST_NUMBER
from bayescale.data.sources.written_secrets import written_out

if TYPE_CHECKING:
    from bayescale.scaling_laws.law import Law

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
#: Tables of a spec that a posterior depends on.
FITTED = ("data", "model", "laws", "sampler", "risk", "random_seed")
#: What a starter's card asks for. Specs that still say it have said nothing: it is not published.
PLACEHOLDERS: Mapping[str, str] = {
    "claim": "what this model is relied on for, in a sentence",
    "owner": "who answers for it",
    "sources": "where the runs come from",
    "known_limits": "what a reader must not conclude from it",
}
LARGEST = 1_000_000  # bytes; more is no spec that a person reviewed
MOST_DRAWS = 200_000  # of all chains together: more than any interval needs, and as much as memory holds


def _as_tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


#: TOML has arrays where a spec, which never changes, has tuples.
type Many[Item] = Annotated[tuple[Item, ...], BeforeValidator(_as_tuple)]
type Pair = Annotated[tuple[float, float], BeforeValidator(_as_tuple)]
type Number = Annotated[float, Field(ge=-LARGEST_NUMBER, le=LARGEST_NUMBER)]
type Budget = Annotated[int, Field(ge=1, le=10**15)]
type OneOrMany = Annotated[str | Annotated[tuple[str, ...], Field(min_length=1)], BeforeValidator(_as_tuple)]


def _named_alone(address: str) -> str:
    """An address whose secrets are named, `${NAME}`; ValueError where one is written out."""
    if found := written_out(address):
        raise ValueError(_REFUSED.format(found))
    return address


def _web_named_alone(address: str) -> str:
    if found := written_out(address, web=True):
        raise ValueError(_REFUSED.format(found))
    return address


def _files_named_alone(value: OneOrMany) -> OneOrMany:
    for address in (value,) if isinstance(value, str) else value:
        if "://" in address:
            _web_named_alone(address)
    return value


_REFUSED = (
    "{} is written out, and would be kept with every version: name a variable of the environment that holds it, as in "
    "postgresql://reader:${{PGPASSWORD}}@host/runs"
)
type DatabaseUrl = Annotated[str, AfterValidator(_named_alone)]
type WebUrl = Annotated[str, AfterValidator(_web_named_alone)]


class Part(BaseModel):
    """A table of a spec: no key that is not known, nothing converted silently, nothing changed later."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Keep(Part):
    """Rows that are used: where `column` is at most, at least, or one of."""

    column: str
    at_most: Number | None = None
    at_least: Number | None = None
    one_of: Many[str | int | float] = ()

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.at_most is None and self.at_least is None and not self.one_of:
            raise ValueError("says nothing: give at_most, at_least or one_of")
        return self


class Exclude(Part):
    """Rows left out, and why: those whose columns are as `where` says, or that are blank in `blank`."""

    reason: str = Field(min_length=3)
    where: Mapping[str, str | int | float] = Field(default_factory=dict)
    blank: str | None = None

    @model_validator(mode="after")
    def _says_which(self) -> Self:
        if bool(self.where) == (self.blank is not None):
            raise ValueError("must name its rows by either where = { column = value } or blank = 'column'")
        return self


class Sql(Part):
    """Rows of one SELECT. `url` is SQLAlchemy's; ${NAME} takes a variable of the environment. `updated` is a column
    that grows whenever a row is added or changed."""

    url: DatabaseUrl
    query: str
    updated: str = ""


class Mlflow(Part):
    """Runs on an MLflow server: the last value of every metric, or each step (or the least) of `metric`."""

    url: WebUrl
    experiment: OneOrMany
    rows: Literal["last", "step", "min"] = "last"
    metric: OneOrMany = ()
    token: str = Field(default="", pattern=r"^(\$\{[A-Za-z_][A-Za-z0-9_]*\})?$")
    statuses: Many[str] = ("FINISHED",)


class Wandb(Part):
    """Exports of Weights & Biases: charts or tables of runs, as CSV."""

    files: Annotated[OneOrMany, AfterValidator(_files_named_alone)]
    metric: str = ""


class TensorBoard(Part):
    """Scalars in TensorBoard's event files."""

    files: Annotated[OneOrMany, AfterValidator(_files_named_alone)]
    tags: Many[str] = ()


class Data(Part):
    """Where the rows come from and which of them are used. Exactly one source; `source` is files or an example."""

    source: Annotated[OneOrMany | None, AfterValidator(lambda value: value and _files_named_alone(value))] = None
    sql: Sql | None = None
    mlflow: Mlflow | None = None
    tensorboard: TensorBoard | None = None
    wandb: Wandb | None = None
    timeout: float = Field(default=30.0, gt=0, le=86_400)
    response: str = "loss"
    rename: Mapping[str, str] = Field(default_factory=dict)
    keep: Many[Keep] = ()
    exclude: Many[Exclude] = ()
    units: Mapping[str, str] = Field(default_factory=dict)  # what columns are in: { n_params = "millions" }
    complete_file: bool = False  # whether a last row that no line break follows is used; it may be half written
    comparable: str = ""  # why runs of several evaluation sets, tokenizers or definitions of size may stand together

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        given = [
            name for name in ("source", "sql", "mlflow", "tensorboard", "wandb") if getattr(self, name) is not None
        ]
        if len(given) != 1:
            raise ValueError(
                f"must name one of source, sql, mlflow, tensorboard, wandb; it names {', '.join(given) or 'none'}"
            )
        return self


class Prior(Part):
    """A prior: { median, spread } is lognormal, { mean, spread } normal, { logit, spread } logit-normal."""

    median: float | None = Field(default=None, gt=0, le=LARGEST_NUMBER)
    mean: Number | None = None
    logit: float | None = Field(default=None, ge=-700, le=700)
    spread: float = Field(gt=0, le=LARGEST_NUMBER)

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if sum(one is not None for one in (self.median, self.mean, self.logit)) != 1:
            raise ValueError("a prior has one of median (lognormal), mean (normal), logit (logit-normal)")
        return self


class LossModel(Part):
    """A law, or several that are stacked, and how they are modelled. A law that ends in .toml is a file."""

    law: OneOrMany = "joint"
    family: str | None = "family"
    discrepancy: bool = True
    noise: Literal["growing", "constant"] | None = None
    pooling: Mapping[str, Literal["shared", "partial", "free"]] = Field(default_factory=dict)
    priors: Mapping[str, Prior] = Field(default_factory=dict)


class Judge(Part):
    """How a judge errs: Beta priors of its sensitivity and of its false positives."""

    sensitivity: Pair = (19.0, 1.0)
    false_positive_rate: Pair = (1.0, 99.0)
    errors: Literal["independent", "persistent"] = "independent"


class RiskModel(Part):
    """Risk under repeated attempts: how problems are grouped, which mixing laws are averaged, and what decided the
    number of attempts (inferred where it is left out)."""

    by: Many[str] = ()
    mixing: Many[str] = ()
    judge: Judge | None = None
    scorer: str | None = None
    success: Number | None = None
    design: Literal["fixed", "until_success", "adaptive"] | None = None


class Sampling(Part):
    """How long to sample. The seed makes a re-fit repeatable."""

    random_seed: int = Field(default=0, ge=0, lt=2**63)
    draws: int = Field(default=1000, ge=100, le=50_000)
    tune: int = Field(default=500, ge=100, le=50_000)
    chains: int = Field(default=4, ge=2, le=32)
    target_accept: float = Field(default=0.95, ge=0.5, lt=1)
    attempts: int = Field(default=3, ge=1, le=10)
    max_rows: int = Field(default=10_000, ge=1, le=10_000_000)

    @model_validator(mode="after")
    def _fits_memory(self) -> Self:
        if self.draws * self.chains > MOST_DRAWS:
            raise ValueError(f"{self.draws} draws of {self.chains} chains are more than {MOST_DRAWS} in all")
        return self


class Alerts(Part):
    """When to raise a hand, and where. A spec names no command to run: that is the operator's, on the command line."""

    webhook: str | None = Field(default=None, pattern=r"^\$\{[A-Z][A-Z0-9_]*\}$")  # a variable that holds the address
    prob: float = Field(default=0.98, gt=0, lt=1)  # a run outside this interval of its own forecast is drift


class Card(Part):
    """What a reader must know of the model."""

    claim: str = ""
    owner: str = ""
    sources: Many[str] = ()
    known_limits: Many[str] = ()


class _Model(Part):
    data: Data
    alerts: Alerts = Alerts()
    card: Card = Card()


class LossSpec(_Model):
    """A model of loss. Each `forecast` is a target: the law's inputs, and optionally `name`, `family` and `run`."""

    model: LossModel = LossModel()
    sampler: Sampling = Sampling()
    forecast: Annotated[Many[Mapping[str, str | int | float]], Field(max_length=10_000)] = ()


class RiskSpec(_Model):
    """A model of risk: trials from files or an example, and the budgets of attempts that are forecast."""

    risk: RiskModel
    random_seed: int = Field(default=0, ge=0, lt=2**63)
    budgets: Annotated[Many[Budget], Field(max_length=1_000)] = (1_000, 10_000)

    @model_validator(mode="after")
    def _of_files(self) -> Self:
        unused = sorted(self.data.model_fields_set - {"source", "rename", "complete_file"})
        if self.data.source is None or unused:
            raise ValueError(
                "data of a risk model has source, rename and complete_file alone"
                + (f", not {', '.join(unused)}" if unused else "")
            )
        return self


def _texts(value: object, where: str) -> Iterator[tuple[str, str]]:
    """Every text in plain data, with its path."""
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, Mapping):
        for name, one in value.items():
            yield from _texts(one, f"{where}.{name}")
    elif isinstance(value, list | tuple):
        for place, one in enumerate(value):
            yield from _texts(one, f"{where}.{place}")


@dataclass(frozen=True)
class ModelSpec:
    """One file: the model's name is the file's stem, paths in it are relative to its folder.

    own  laws that stand in files of their own, by the names that the spec has for these.
    """

    name: str
    path: Path
    what: LossSpec | RiskSpec
    own: Mapping[str, "Law"] = field(default_factory=dict)

    @property
    def laws(self) -> "tuple[str | Law, ...]":
        """The laws of a model of loss: names of the catalogue, and those that were read from files."""
        named = self.what.model.law if isinstance(self.what, LossSpec) else ()
        return tuple(self.own.get(name, name) for name in ((named,) if isinstance(named, str) else named))

    @property
    def folder(self) -> Path:
        """What relative paths in the spec start from."""
        return self.path.parent

    @property
    def placeholders(self) -> dict[str, str]:
        """Every text of the spec that takes a value from the environment, by where it stands."""
        return {where: text for where, text in _texts(self.what.model_dump(mode="json"), "") if "${" in text}

    @property
    def asked(self) -> dict[str, Any]:
        """What the spec asks, as plain data: two files that ask the same are equal here. Laws of its own are whole."""
        own = {name: json.loads(law.to_json()) for name, law in self.own.items()}
        return self.what.model_dump(mode="json", exclude_defaults=True) | ({"laws": own} if own else {})

    @property
    def fitted(self) -> dict[str, Any]:
        """The part of it that the posterior depends on; the rest is what is asked of the posterior and said of it."""
        return {name: part for name, part in self.asked.items() if name in FITTED}
