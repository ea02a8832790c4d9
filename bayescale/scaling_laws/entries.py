"""Every law of the catalogue with its evidence, collected from the modules of `catalog` and `evidence`."""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules

from bayescale.scaling_laws import evidence
from bayescale.scaling_laws.evidence.record import Evidence
from bayescale.scaling_laws.law import Law

#: Subjects of the catalogue: each has a module of laws in `catalog` and one of their evidence in `evidence`.
#: Laws that share an id keep this order, and `law` returns the first of them.
SUBJECTS = (
    "pretraining",
    "training_steps",
    "architecture",
    "hyperparameters",
    "learning_rate",
    "mixture_of_experts",
    "compression",
    "data_reuse",
    "data_selection",
    "data_mixing",
    "downstream",
    "learning_curves",
    "post_training",
    "knowledge",
    "inference",
    "other_domains",
)
#: Names that are known from the literature and are functions of this package instead of laws that can be fitted.
FUNCTIONS: Mapping[str, str] = {
    "arise": "ARISE (L43) is a score of measured accuracies and has no parameters to fit. Call "
    "bayescale.arise(accuracy, tokens).",
    "projektor": "The projection of <projektor> (L41) has no parameters to fit. Call "
    "bayescale.projektor(responses, sizes, at), or fit the law 'projection', which levels off at a floor.",
}
FUNCTION_IDS: Mapping[str, str] = {"L43": "arise"}


def _id_order(entry: Law) -> tuple[int, str]:
    """Sort key of an id: L2, L2b, L10."""
    return int("".join(filter(str.isdigit, entry.id))), entry.id


def _load_catalogue() -> dict[str, Law]:
    entries = [
        entry for subject in SUBJECTS for entry in import_module(f"bayescale.scaling_laws.catalog.{subject}").LAWS
    ]
    catalogue = {entry.name: entry for entry in sorted(entries, key=_id_order)}
    if len(catalogue) < len(entries):
        raise ValueError("two laws of the catalogue have the same name")
    return catalogue


def _load_evidence() -> dict[str, Evidence]:
    """Evidence by name, in the order of the catalogue; functions come last."""
    rows: dict[str, Evidence] = {}
    for module in iter_modules(evidence.__path__, f"{evidence.__name__}."):
        rows |= getattr(import_module(module.name), "EVIDENCE", {})
    return {name: rows[name] for name in (*CATALOGUE, *FUNCTIONS)}


#: Every law of the catalogue by name, ordered by id.
CATALOGUE: Mapping[str, Law] = _load_catalogue()
#: What each law, and each function of `FUNCTIONS`, rests on.
EVIDENCE: Mapping[str, Evidence] = _load_evidence()
