"""A maintained model as a reviewed TOML file: data, model, sampler, forecasts, alerts, and what the card says of it.

`read_spec` validates the whole file and says every problem at once, with its line and the closest name. Nothing in a
file is executed; values such as passwords are named (`${NAME}`), never written.
"""

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from bayescale.errors import InputError

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
#: Tables of a spec that a posterior depends on.
FITTED = ("data", "model", "sampler", "risk", "random_seed")
LARGEST = 1_000_000  # bytes; more is no spec that a person reviewed


def _as_tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


#: TOML has arrays where a spec, which never changes, has tuples.
type Many[Item] = Annotated[tuple[Item, ...], BeforeValidator(_as_tuple)]
type Pair = Annotated[tuple[float, float], BeforeValidator(_as_tuple)]
type OneOrMany = Annotated[str | tuple[str, ...], BeforeValidator(_as_tuple)]


class Part(BaseModel):
    """A table of a spec: no key that is not known, nothing converted silently, nothing changed later."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Keep(Part):
    """Rows that are used: where `column` is at most, at least, or one of."""

    column: str
    at_most: float | None = None
    at_least: float | None = None
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

    url: str
    query: str
    updated: str = ""


class Mlflow(Part):
    """Runs on an MLflow server: the last value of every metric, or each step (or the least) of `metric`."""

    url: str
    experiment: OneOrMany
    rows: Literal["last", "step", "min"] = "last"
    metric: OneOrMany = ()
    token: str = Field(default="", pattern=r"^(\$\{[A-Za-z_][A-Za-z0-9_]*\})?$")
    statuses: Many[str] = ("FINISHED",)


class Wandb(Part):
    """Exports of Weights & Biases: charts or tables of runs, as CSV."""

    files: OneOrMany
    metric: str = ""


class TensorBoard(Part):
    """Scalars in TensorBoard's event files."""

    files: OneOrMany
    tags: Many[str] = ()


class Data(Part):
    """Where the rows come from and which of them are used. Exactly one source; `source` is files or an example."""

    source: OneOrMany | None = None
    sql: Sql | None = None
    mlflow: Mlflow | None = None
    tensorboard: TensorBoard | None = None
    wandb: Wandb | None = None
    timeout: float = Field(default=30.0, gt=0)
    response: str = "loss"
    rename: Mapping[str, str] = Field(default_factory=dict)
    keep: Many[Keep] = ()
    exclude: Many[Exclude] = ()
    comparable: str = ""  # why runs of several tokenizers or definitions of size may stand in one table

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

    median: float | None = Field(default=None, gt=0)
    mean: float | None = None
    logit: float | None = None
    spread: float = Field(gt=0)

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if sum(one is not None for one in (self.median, self.mean, self.logit)) != 1:
            raise ValueError("a prior has one of median (lognormal), mean (normal), logit (logit-normal)")
        return self


class LossModel(Part):
    """A law, or several that are stacked, and how they are modelled."""

    law: OneOrMany = "joint"
    family: str | None = "family"
    discrepancy: bool = True
    noise: Literal["growing", "constant"] = "growing"
    pooling: Mapping[str, Literal["shared", "partial", "free"]] = Field(default_factory=dict)
    priors: Mapping[str, Prior] = Field(default_factory=dict)


class Judge(Part):
    """How a judge errs: Beta priors of its sensitivity and of its false positives."""

    sensitivity: Pair = (19.0, 1.0)
    false_positive_rate: Pair = (1.0, 99.0)
    errors: Literal["independent", "persistent"] = "independent"


class RiskModel(Part):
    """Risk under repeated attempts: how problems are grouped, and which mixing laws are averaged."""

    by: Many[str] = ()
    mixing: Many[str] = ()
    judge: Judge | None = None
    scorer: str | None = None
    success: float | None = None


class Sampling(Part):
    """How long to sample. The seed makes a re-fit repeatable."""

    random_seed: int = Field(default=0, ge=0)
    draws: int = Field(default=1000, ge=100)
    tune: int = Field(default=500, ge=100)
    chains: int = Field(default=4, ge=2)
    target_accept: float = Field(default=0.9, ge=0.5, lt=1)
    attempts: int = Field(default=3, ge=1)


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
    forecast: Many[Mapping[str, str | int | float]] = ()


class RiskSpec(_Model):
    """A model of risk: trials from files or an example, and the budgets of attempts that are forecast."""

    risk: RiskModel
    random_seed: int = Field(default=0, ge=0)
    budgets: Many[int] = (1_000, 10_000)

    @model_validator(mode="after")
    def _of_files(self) -> Self:
        unused = sorted(self.data.model_fields_set - {"source", "rename"})
        if self.data.source is None or unused:
            raise ValueError(
                "data of a risk model has source and rename alone" + (f", not {', '.join(unused)}" if unused else "")
            )
        return self


class ModelSpec(Part):
    """One file: the model's name is the file's stem, paths in it are relative to its folder."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)
    name: str
    path: Path
    what: LossSpec | RiskSpec

    @property
    def folder(self) -> Path:
        """What relative paths in the spec start from."""
        return self.path.parent

    @property
    def asked(self) -> dict[str, Any]:
        """What the spec asks, as plain data: two files that ask the same are equal here."""
        return self.what.model_dump(mode="json", exclude_defaults=True)

    @property
    def fitted(self) -> dict[str, Any]:
        """The part of it that the posterior depends on; the rest is what is asked of the posterior and said of it."""
        return {name: part for name, part in self.asked.items() if name in FITTED}


def read_specs(folder: str | os.PathLike[str]) -> tuple[ModelSpec, ...]:
    """Every spec of a folder (or the one file), by name. Raises InputError with the problems of all files at once."""
    place = Path(folder)
    files = [place] if place.is_file() else sorted(place.glob("*.toml"))
    if not files:
        raise InputError(f"{place}: no .toml file is there; `bayescale init TABLE` writes one")
    found, problems = [], []
    for path in files:
        try:
            found.append(read_spec(path))
        except InputError as error:
            problems.append(str(error).replace("\n", "\n  "))
    if problems:
        raise InputError(f"{len(problems)} of {len(files)} specs cannot be used:", problems)
    return tuple(found)


def read_spec(path: str | os.PathLike[str]) -> ModelSpec:
    """One spec. Raises InputError naming the file and every problem with its line."""
    file = Path(path)
    name = file.stem
    if not NAME.fullmatch(name):
        raise InputError(f"{file}: the file's name is the model's: small letters, digits, - and _, such as pile.toml")
    text = _text(file)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{file}: this is not TOML: {error}") from error
    kind: type[LossSpec | RiskSpec] = RiskSpec if "risk" in document else LossSpec
    try:
        return ModelSpec(name=name, path=file, what=kind.model_validate(document))
    except ValidationError as error:
        said = [_said(text, kind, one["loc"], one["msg"], one["type"], one.get("input")) for one in error.errors()]
        raise InputError(f"{file}: this spec cannot be used", list(dict.fromkeys(said))) from error


def _text(file: Path) -> str:
    try:
        if file.stat().st_size > LARGEST:
            raise InputError(f"{file}: more than {LARGEST} bytes are no spec")
        return file.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise InputError(f"{file}: there is no such file") from error
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file} cannot be read: {error}") from error


def _said(text: str, kind: type[BaseModel], loc: Sequence[int | str], message: str, what: str, given: Any) -> str:
    """One problem as a person reads it: its line, where it stands, what is wrong, the closest name."""
    keys = [key for key in loc if key not in ("str", "tuple[str, ...]", "function-after")]
    where = ".".join(map(str, keys))
    line = line_of(text, keys)
    place = f"line {line}: " if line else ""
    message = message.removeprefix("Value error, ")
    if what == "extra_forbidden":
        known = _known(kind, keys[:-1])
        match = get_close_matches(str(keys[-1]), known, n=1, cutoff=0.5)
        hint = f" Did you mean {match[0]!r}?" if match else ""
        return f"{place}{where} is not known.{hint} Known: {', '.join(known)}"
    shown = "" if what == "missing" or isinstance(given, Mapping | list | tuple) else f" = {given!r}"
    return f"{place}{where}{shown}: {message[:1].lower()}{message[1:]}"


def _known(kind: type[BaseModel], keys: Sequence[int | str]) -> list[str]:
    """The keys that the table at `keys` may have."""
    model: Any = kind
    for key in keys:
        if isinstance(key, int):
            continue
        field = model.model_fields.get(key) if isinstance(model, type) and issubclass(model, BaseModel) else None
        if field is None:
            return []
        model = next((one for one in _types(field.annotation) if issubclass(one, BaseModel)), None)
    return sorted(model.model_fields) if model else []


def _types(annotation: Any) -> list[type]:
    """Every class in a type such as `tuple[Keep, ...]` or `Sql | None`."""
    inner = getattr(annotation, "__args__", ())
    return [annotation] if isinstance(annotation, type) and not inner else [t for one in inner for t in _types(one)]


def line_of(text: str, keys: Sequence[int | str]) -> int | None:
    """The line on which a key of a TOML document stands, or the table that it belongs to; None where neither does."""
    names = [str(key) for key in keys if not isinstance(key, int)]
    wanted = next((key for key in keys if isinstance(key, int)), 0)
    table: list[str] = []
    counts: dict[str, int] = {}
    best, depth = None, 0
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(#.*)?$", line)
        key = re.match(r"\s*([A-Za-z0-9_\-\".]+?)\s*=", line)
        if header:
            table = [part.strip(' "') for part in header[2].split(".")]
            if header[1] == "[[":
                counts[header[2]] = counts.get(header[2], -1) + 1
        elif key is None:
            continue
        here = table if header else [*table, *(part.strip('"') for part in key[1].split("."))] if key else table
        if here == names[: len(here)] and len(here) > depth and counts.get(".".join(table), wanted) == wanted:
            best, depth = number, len(here)
    return best
