"""Sources of runs and trials: where a table comes from, and one function that reads it.

A source names a place: files (`Files`), a database (`Sql`), an MLflow server (`MLflow`), Weights & Biases (a project
`WandBProject`, offline runs `WandBOffline`, exports `WandB`), TensorBoard logs (`TensorBoard`), attempts and evaluation
logs (`Attempts`). `read_source` returns its raw
rows; `runs_of` and `trials_of` validate them for a fit.

    table = read_source(Sql("postgresql://reader:${DB_PASSWORD}@db/runs", "SELECT * FROM runs", updated="changed_at"))
    runs = runs_of(table, rename={"val_loss": "loss"})
    ...
    table = read_source(table.of, since=table)      # reads only what changed

`changes(fingerprints(before), fingerprints(after))` returns the runs that were added, changed or deleted upstream.
"""

from bayescale.data.sources.attempts import Attempts
from bayescale.data.sources.changes import Changed, Changes, Fingerprints, changes, fingerprints
from bayescale.data.sources.credentials import described
from bayescale.data.sources.files import Files
from bayescale.data.sources.reader import Source, anchored, mark_of, read_source, runs_of, stamps, trials_of
from bayescale.data.sources.services.mlflow import MLflow
from bayescale.data.sources.services.sql import Sql
from bayescale.data.sources.services.tensorboard import TensorBoard
from bayescale.data.sources.services.tracked_runs import RunValues
from bayescale.data.sources.services.wandb import WandB
from bayescale.data.sources.services.wandb_offline import WandBOffline
from bayescale.data.sources.services.wandb_project import WandBProject
from bayescale.data.sources.table import Table
from bayescale.errors import SourceError

__all__ = [
    "Attempts",
    "Changed",
    "Changes",
    "Files",
    "Fingerprints",
    "MLflow",
    "RunValues",
    "Source",
    "SourceError",
    "Sql",
    "Table",
    "TensorBoard",
    "WandB",
    "WandBOffline",
    "WandBProject",
    "anchored",
    "changes",
    "described",
    "fingerprints",
    "mark_of",
    "read_source",
    "runs_of",
    "stamps",
    "trials_of",
]
