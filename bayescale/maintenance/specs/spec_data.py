"""The `[data]` table of a spec: one source, which of its rows are used, and what their columns are in."""

import datetime
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from bayescale.core.limits import LARGEST_NUMBER
from bayescale.data.sources.written_secrets import written_out

if TYPE_CHECKING:
    from bayescale.data.sources import WandB, WandBOffline, WandBProject


def _as_tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


#: A TOML array; a spec never changes, so that it is a tuple here.
type Many[Item] = Annotated[tuple[Item, ...], BeforeValidator(_as_tuple)]
type Pair = Annotated[tuple[float, float], BeforeValidator(_as_tuple)]
type Number = Annotated[float, Field(ge=-LARGEST_NUMBER, le=LARGEST_NUMBER)]
type Budget = Annotated[int, Field(ge=1, le=10**15)]
type Level = Annotated[float, Field(ge=0.001, le=0.999)]
type Minutes = Annotated[float, Field(gt=0, le=1e9)]
type OneOrMany = Annotated[str | Annotated[tuple[str, ...], Field(min_length=1)], BeforeValidator(_as_tuple)]


def _iso_date(value: object) -> object:
    """A TOML date or an ISO date as ISO text; ValueError for another text or date."""
    from bayescale.horizon.release_dates import date_text, day_of  # heavy, and only specs of time horizons have dates

    return date_text(day_of(value)) if isinstance(value, str | datetime.date) else value


#: A date of a TOML document, as a date or a text: 2026-03-18 or "2026-03-18".
type Date = Annotated[str, BeforeValidator(_iso_date)]


def _without_secret(address: str) -> str:
    """An address whose secrets are variables, `${NAME}`; ValueError where one is written out."""
    if secret := written_out(address):
        raise ValueError(_SECRET_MESSAGE.format(secret))
    return address


def _web_without_secret(address: str) -> str:
    if secret := written_out(address, web=True):
        raise ValueError(_SECRET_MESSAGE.format(secret))
    return address


def _files_without_secret(value: OneOrMany) -> OneOrMany:
    for address in (value,) if isinstance(value, str) else value:
        if "://" in address:
            _web_without_secret(address)
    return value


_SECRET_MESSAGE = (
    "{} is written out and would be stored with every version. Put it into a variable of the environment, as in "
    "postgresql://reader:${{PGPASSWORD}}@host/runs"
)
type DatabaseUrl = Annotated[str, AfterValidator(_without_secret)]
type WebUrl = Annotated[str, AfterValidator(_web_without_secret)]


class Part(BaseModel):
    """A table of a spec: unknown keys are refused, no value is converted, and nothing changes later."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Keep(Part):
    """A rule for the rows that are used: `column` is at most, at least, or one of."""

    column: str
    at_most: Number | None = None
    at_least: Number | None = None
    one_of: Many[str | int | float] = ()

    @model_validator(mode="after")
    def _has_condition(self) -> Self:
        if self.at_most is None and self.at_least is None and not self.one_of:
            raise ValueError("this rule has no condition: add at_most, at_least or one_of")
        return self


class Exclude(Part):
    """A rule for the rows that are left out, with its reason: `where` columns have values, or the column `blank` is."""

    reason: str = Field(min_length=3)
    where: Mapping[str, str | int | float] = Field(default_factory=dict)
    blank: str | None = None

    @model_validator(mode="after")
    def _names_rows(self) -> Self:
        if bool(self.where) == (self.blank is not None):
            raise ValueError("this rule needs exactly one of where = { column = value } and blank = 'column'")
        return self


class Sql(Part):
    """Rows of one SELECT.

    `url` is an address of SQLAlchemy; `${NAME}` takes a variable of the environment. `updated` is a column that grows
    whenever a row is added or changed.
    """

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
    """Runs of Weights & Biases: of a project, in offline folders, or in CSV exports of charts and tables."""

    files: Annotated[OneOrMany, AfterValidator(_files_without_secret)] = ()
    project: str = ""
    folders: Annotated[OneOrMany, AfterValidator(_files_without_secret)] = ()
    rows: Literal["last", "step"] = "last"
    metric: OneOrMany = ()
    tokens_per_step: str = ""
    filters: Mapping[str, str | int | float | bool] = Field(default_factory=dict)
    states: Many[str] = ("finished",)
    url: WebUrl = ""
    key: str = Field(default="", pattern=r"^(\$\{[A-Za-z_][A-Za-z0-9_]*\})?$")

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if sum(map(bool, (self.files, self.project, self.folders))) != 1:
            raise ValueError("needs exactly one of files, project and folders")
        if self.files and not isinstance(self.metric, str) and self.metric:
            raise ValueError("metric of an export is one text")
        return self

    def source(self, timeout: float, complete_file: bool) -> "WandB | WandBOffline | WandBProject":
        """Return the source that this table names.

        Parameters
        ----------
        timeout : float
            Seconds for one answer.
        complete_file : bool
            Whether a last row without a line break is used.

        Returns
        -------
        WandB, WandBOffline or WandBProject
            The source.

        Raises
        ------
        InputError
            If its settings do not fit together.
        """
        from bayescale.data.sources import RunValues, WandB, WandBOffline, WandBProject

        if self.files:
            return WandB(self.files, self.metric if isinstance(self.metric, str) else "", timeout, complete_file)
        selection = RunValues(self.rows, self.metric, self.tokens_per_step)
        if self.folders:
            return WandBOffline(self.folders, selection, self.states)
        filters = json.dumps(dict(self.filters)) if self.filters else ""
        return WandBProject(self.project, selection, filters, self.states, self.url, self.key, timeout)


class TensorBoard(Part):
    """Scalars in TensorBoard's event files."""

    files: Annotated[OneOrMany, AfterValidator(_files_without_secret)]
    tags: Many[str] = ()


class Data(Part):
    """The source of the rows, and which of them are used. Exactly one source; `source` is files or an example."""

    source: Annotated[OneOrMany | None, AfterValidator(lambda value: value and _files_without_secret(value))] = None
    sql: Sql | None = None
    mlflow: Mlflow | None = None
    tensorboard: TensorBoard | None = None
    wandb: Wandb | None = None
    timeout: float = Field(default=30.0, gt=0, le=86_400)
    response: str = "loss"
    rename: Mapping[str, str] = Field(default_factory=dict)
    keep: Many[Keep] = ()
    exclude: Many[Exclude] = ()
    units: Mapping[str, str] = Field(default_factory=dict)  # of columns: { n_params = "millions" }
    complete_file: bool = False  # whether to use a last row without a line break
    comparable: str = ""  # why rows that differ in evaluation set or tokenizer may stand in one table

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        named = [
            name for name in ("source", "sql", "mlflow", "tensorboard", "wandb") if getattr(self, name) is not None
        ]
        if len(named) != 1:
            raise ValueError(
                f"needs exactly one of source, sql, mlflow, tensorboard and wandb; it has {', '.join(named) or 'none'}"
            )
        return self
