"""Addresses of sources: one text for files in stores and for projects of trackers, at every door."""

from urllib.parse import parse_qsl, unquote, urlsplit, urlunsplit

from bayescale.data.sources.files import Files
from bayescale.data.sources.services.mlflow import MLflow
from bayescale.data.sources.services.tracked_runs import RunValues
from bayescale.data.sources.services.wandb_project import WandBProject
from bayescale.errors import InputError, closest

WANDB, MLFLOW = "wandb", "mlflow+"
_WANDB_KEYS = ("rows", "metric", "tokens_per_step", "filters", "states", "url")
_MLFLOW_KEYS = ("rows", "metric", "statuses", "token")


def source_at(address: str) -> Files | MLflow | WandBProject:
    """Return the source at an address.

    Parameters
    ----------
    address : str
        "wandb://ENTITY/PROJECT", "mlflow+https://HOST/EXPERIMENT" (both with fields of the source as a query:
        "?rows=step&metric=loss"; a field of several values is repeated), or an address or pattern of files.

    Returns
    -------
    Files, MLflow or WandBProject
        The source. Keys and tokens come from the environment: `MLFLOW_TRACKING_TOKEN` as "token=${...}", the key of
        Weights & Biases as its client finds it.

    Raises
    ------
    InputError
        If a part of the address is not known.
    """
    if address.startswith(f"{WANDB}://"):
        parts = urlsplit(address)
        fields = _fields(address, parts.query, _WANDB_KEYS)
        values = RunValues(
            _last_value(fields, "rows", "last"),  # type: ignore[arg-type]  # RunValues checks the value
            tuple(fields.get("metric", ())),
            _last_value(fields, "tokens_per_step", ""),
        )
        project = unquote(f"{parts.netloc}{parts.path}").strip("/")
        states = tuple(fields.get("states", ("finished",)))
        return WandBProject(project, values, _last_value(fields, "filters", ""), states, _last_value(fields, "url", ""))
    if address.startswith(MLFLOW):
        parts = urlsplit(address.removeprefix(MLFLOW))
        fields = _fields(address, parts.query, _MLFLOW_KEYS)
        folder, _, experiment = parts.path.rstrip("/").rpartition("/")
        if not experiment:
            raise InputError(f"{MLFLOW}{parts.scheme}://...: names no experiment: mlflow+https://HOST/EXPERIMENT.")
        return MLflow(
            urlunsplit((parts.scheme, parts.netloc, folder, "", "")),
            unquote(experiment),
            _last_value(fields, "rows", "last"),  # type: ignore[arg-type]  # MLflow checks the value
            tuple(fields.get("metric", ())),
            _last_value(fields, "token", ""),
            tuple(fields.get("statuses", ("FINISHED",))),
        )
    return Files(address)


def _fields(address: str, query: str, known: tuple[str, ...]) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        fields.setdefault(name, []).append(value)
    problems = [f"{name!r} is no field of this source.{closest(name, known)}" for name in fields if name not in known]
    if problems:
        raise InputError(f"{address.partition('://')[0]}://: this address cannot be used", problems)
    return fields


def _last_value(fields: dict[str, list[str]], name: str, default: str) -> str:
    return fields.get(name, [default])[-1]
