"""Remove secrets that release 0.1 stored with every version: the history is written again without them.

Commits never change, so each version is committed again on a branch, with a record that contains no secret. Then that
branch becomes the history, and the old commits and copies of the index are deleted.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import xarray as xr

from bayescale.core.digests import content_digest
from bayescale.data.sources.credentials import hidden, opened
from bayescale.data.sources.written_secrets import written_out
from bayescale.errors import InputError, StoredPosteriorError
from bayescale.maintenance.store import catalog, forecast_log
from bayescale.maintenance.store.commits import MAIN, PIN, Repository
from bayescale.maintenance.store.failures import READ_ERRORS
from bayescale.maintenance.store.objects import listed_objects, objects_of
from bayescale.maintenance.store.posteriors import Store
from bayescale.maintenance.store.trees import has_group, read_dataset, read_tree, write_dataset, write_tree
from bayescale.maintenance.store.versions import Version

if TYPE_CHECKING:
    from icechunk import IcechunkStore

BRANCH = "scrubbing"
COPIES = "overwritten"  # of indices, as Icechunk calls them
SHORTEST = 4  # characters of a secret that is looked for in other texts
REMOVED = "***"


def secrets_of(store: Store, name: str) -> tuple[str, ...]:
    """Return the secrets that are written out in the records of a model, the longest first; never show them.

    Parameters
    ----------
    store : Store
        The store.
    name : str
        The model's name.

    Returns
    -------
    tuple of str
        The secrets.

    Raises
    ------
    StoredPosteriorError
        A record cannot be read.
    """
    secrets: set[str] = set()
    for version in store.history(name):
        for text in _texts({entry: version.lineage[entry] for entry in version.lineage if entry != "rows"}):
            if "://" in text and (written_out(text) or written_out(text, web=_is_web(text))):
                secrets |= set(_parts_of(text))
    return tuple(sorted(secrets, key=len, reverse=True))


def _is_web(text: str) -> bool:
    return text.startswith(("http://", "https://"))


def _parts_of(address: str) -> Iterator[str]:
    """The address itself, and every secret in it, as it may be spelled elsewhere."""
    yield address
    try:
        yield from (secret for secret in opened(address, "url").secrets if len(secret) >= SHORTEST)
    except InputError:  # the address also names variables that are not set here
        return


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)


def without(value: Any, secrets: Sequence[str]) -> Any:
    """Return plain data without secrets; addresses keep the parts that may be shown.

    Parameters
    ----------
    value : Any
        Plain data.
    secrets : sequence of str
        The secrets.

    Returns
    -------
    Any
        The data with the secrets replaced.
    """
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, hidden(secret) if "://" in secret else REMOVED)
        return value
    if isinstance(value, Mapping):
        return {name: without(item, secrets) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [without(item, secrets) for item in value]
    return value


def scrub(store: Store) -> dict[str, int]:
    """Remove secrets that are written out in the records of a store's versions.

    Parameters
    ----------
    store : Store
        The store.

    Returns
    -------
    dict of str to int
        The models that were changed, with the number of their versions. Numbers, times, posteriors, forecasts and pins
        stay; ids of commits change.

    Raises
    ------
    StoredPosteriorError
        A version of a model cannot be read: `verify` names it, and nothing of that model is changed.
    InputError
        The store is in a bucket and obstore is not installed.
    """
    out = {}
    for name in store.models():
        if secrets := secrets_of(store, name):
            if store.place.folder is None:
                objects_of(store.place, name)  # raises before anything is changed
            with catalog.locked_repository(store.place, name, store.timeout) as repository:
                out[name] = _rewritten(repository, secrets)
            _delete_index_copies(store, name)
    return out


def _rewritten(repository: Repository, secrets: Sequence[str]) -> int:
    handle = repository.handle
    history = {version.id: version for version in repository.history()}
    chain = [snapshot.id for snapshot in handle.ancestry(branch=MAIN)][::-1]
    root = chain[0]
    if root in history:
        raise StoredPosteriorError(f"{repository.place.url}: the history of {repository.name!r} has no first commit")
    ids: dict[str, str] = {}
    if BRANCH in handle.list_branches():  # left by a process that was killed
        handle.delete_branch(BRANCH)
    pinned = [version for version in history.values() if version.pinned and version.id not in chain]
    for version in pinned:  # only the pin keeps these; the history before them was deleted
        handle.create_branch(BRANCH, root)
        ids[version.id] = _commit_again(repository, version, secrets, ids)
        handle.delete_branch(f"{PIN}{version.number}")
        handle.create_branch(f"{PIN}{version.number}", ids[version.id])
        handle.delete_branch(BRANCH)
    handle.create_branch(BRANCH, root)
    for commit in chain[1:]:
        if commit in history:
            ids[commit] = _commit_again(repository, history[commit], secrets, ids)
    handle.reset_branch(MAIN, handle.lookup_branch(BRANCH))
    handle.delete_branch(BRANCH)
    for version in history.values():
        if version.pinned and version.id in chain:
            handle.delete_branch(f"{PIN}{version.number}")
            handle.create_branch(f"{PIN}{version.number}", ids[version.id])
    handle.garbage_collect(datetime.now(UTC))
    handle.update_metadata({"scrubbed": datetime.now(UTC).isoformat()})
    return len(ids)


def _commit_again(repository: Repository, version: Version, secrets: Sequence[str], ids: Mapping[str, str]) -> str:
    """Commit a version again without the secrets. Returns its new id."""
    old = repository.handle.readonly_session(snapshot_id=version.id).store
    tree = _tree_of(repository, version) if version.has_posterior else None
    log = read_dataset(old, forecast_log.GROUP) if has_group(old, forecast_log.GROUP) else None
    rows = {name: version.lineage[name] for name in version.lineage if name == "rows"}
    lineage = without({name: version.lineage[name] for name in version.lineage if name != "rows"}, secrets) | rows
    if "spec" in lineage and lineage["spec"] != version.lineage["spec"]:
        lineage |= dict.fromkeys(("spec_digest", "model_digest"), "")  # a digest of the secret would confirm a guess

    def write(store: "IcechunkStore") -> None:
        if tree is not None:
            write_tree(tree, store)
        if log is not None:
            write_dataset(log, store, forecast_log.GROUP)

    message = without(version.message, secrets)
    parent = ids.get(version.parent or "", version.parent)
    digest = version.digest if tree is None else content_digest(tree)
    again = replace(version, lineage=lineage, message=message, parent=parent, digest=digest)
    return repository.commit(again, write, BRANCH).id


def _tree_of(repository: Repository, version: Version) -> xr.DataTree:
    try:
        return read_tree(repository.handle.readonly_session(snapshot_id=version.id).store, version.digest)
    except READ_ERRORS as error:
        raise StoredPosteriorError(
            f"{repository.place.url}: version {version.number} of {repository.name!r} cannot be read ({error})"
        ) from error


def _delete_index_copies(store: Store, name: str) -> None:
    """Delete the copies of an index, which contain the old records. A new one is made at once."""
    if store.place.folder is None:
        import obstore

        objects = objects_of(store.place, name)
        with catalog.locked_repository(store.place, name, store.timeout) as repository:
            obstore.delete(objects, [entry["path"] for entry in listed_objects(objects, COPIES)])
            repository.handle.update_metadata({"last": repository.handle.metadata.get("last", 0)})
        return
    with catalog.locked_repository(store.place, name, store.timeout) as repository:
        for copy in (store.place.folder / name / COPIES).glob("*"):
            copy.unlink(missing_ok=True)
        last = repository.handle.metadata.get("last", 0)
        repository.handle.update_metadata({"last": last})
        for copy in (store.place.folder / name).glob("repo.*"):
            copy.unlink(missing_ok=True)
