"""Write the site of a store: pages with relative links and one stylesheet, without scripts.

Index, models and versions are written from the store's records alone. The report of a posterior and the diff with its
predecessor read draws: they are written on request, and a page that an earlier call wrote for the same version is kept.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bayescale.core.arguments import checked
from bayescale.core.serialization import version_of
from bayescale.errors import InputError, StoredPosteriorError
from bayescale.maintenance.store.posteriors import Store
from bayescale.maintenance.store.versions import Version
from bayescale.report.elements import Report, Section
from bayescale.report.maintained import diff_tables, targets_of
from bayescale.report.maintained_report import report_of
from bayescale.report.render.files import write_text
from bayescale.report.render.html import Place, site_html, stylesheet
from bayescale.report.site.index_page import index_page, model_link
from bayescale.report.site.model_page import model_page, pages_of_versions, version_link
from bayescale.report.site.page import SitePage
from bayescale.report.site.record import ModelRecord, read_record
from bayescale.report.site.version_page import version_page

__all__ = ["write_site"]

GENERATOR = "bayescale site"
HEAD = 1_000  # characters of a page in which its mark stands
ALL_MODELS = "All models"
PROB = 0.9  # of the intervals of reports


@checked
def write_site(store: Store, folder: str | os.PathLike[str], *, reports: bool = False) -> tuple[str, ...]:
    """Write a static site of all maintained models.

    Parameters
    ----------
    store : Store
        The store.
    folder : str or os.PathLike
        The folder; it is made where it is missing. Pages of an earlier site are replaced.
    reports : bool, default False
        Also write the report of each current posterior with its figures, and its diff with the version before. These
        read the draws; pages of versions that an earlier call wrote are kept.

    Returns
    -------
    tuple of str
        What could not be written, by model: a model that cannot be read, a report that cannot be made.

    Raises
    ------
    InputError
        The folder holds another site, or cannot be written.
    StoredPosteriorError
        The store cannot be read.
    """
    site = _Site(Path(folder), store)
    site.require_free()
    records = [read_record(store, name) for name in store.models()]
    problems: list[str] = [f"{record.name}: {record.damage}" for record in records if record.damage]
    for record in records:
        (site.folder / record.name).mkdir(exist_ok=True)
        links, failed = site.write_posterior(record, reports)
        problems += failed
        site.write_model(record, links)
    site.write("index.html", lambda: index_page(records, "Maintained models"), ())
    write_text(stylesheet(), site.folder / "style.css")
    return tuple(problems)


@dataclass(frozen=True)
class _Site:
    folder: Path
    store: Store

    def require_free(self) -> None:
        """Raise where the folder has a first page that no earlier call wrote."""
        first = self.folder / "index.html"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            other = first.exists() and GENERATOR not in first.read_text(encoding="utf-8", errors="replace")[:HEAD]
        except OSError as error:
            raise InputError(f"{self.folder} cannot be written: {error.strerror or error}") from error
        if other:
            raise InputError(f"{first} is no page of a bayescale site: name another folder, or remove that file")

    def write(
        self, path: str, content: Callable[[], "Report | SitePage"], trail: tuple[tuple[str, str], ...], key: str = ""
    ) -> None:
        """Write a page. With a key, a page that has it already stays as it is."""
        target = self.folder / path
        mark = _mark(key)
        if key and _mark_of(target) == mark:
            return
        place = Place("../" * path.count("/"), trail, mark)
        write_text(site_html(content(), place), target)

    def write_model(self, record: ModelRecord, links: tuple[tuple[str, str], ...]) -> None:
        """Write the pages of a model and of its versions."""
        self.write(model_link(record.name), lambda: model_page(record, links), _trail())
        for version in pages_of_versions(record):
            page = f"{record.name}/{version_link(version)}"
            self.write(page, lambda version=version: version_page(version), _trail(record.name), _key(version))  # type: ignore[misc]

    def write_posterior(
        self, record: ModelRecord, reports: bool
    ) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
        """Write the pages that need draws, where reports are requested.

        Returns links to those that are up to date, and what could not be made.
        """
        links, problems = [], []
        for name, file, key, content in self._posterior_pages(record):
            path = f"{record.name}/{file}"
            try:
                if reports:
                    self.write(path, content, _trail(record.name), key)
                if _mark_of(self.folder / path) == _mark(key):
                    links.append((name, file))
            except (InputError, StoredPosteriorError) as error:
                problems.append(f"{record.name}: no {name.lower()}: {str(error).splitlines()[0]}")
        return tuple(links), tuple(problems)

    def _posterior_pages(
        self, record: ModelRecord
    ) -> "Iterator[tuple[str, str, str, Callable[[], Report | SitePage]]]":
        """Title, file, key and content of each page that needs draws."""
        current, store = record.current, self.store
        if current is None:
            return
        history = _key(current, record.versions[-1].id)  # a report holds the history
        spec = current.lineage.get("spec", {})
        is_risk = "risk" in spec
        if (
            is_risk or "horizon" in spec or targets_of(current) is not None
        ):  # without a target there is nothing to report
            yield (
                f"Report of version {current.number}",
                "report.html",
                history,
                lambda: report_of(store, record.name, current, PROB, redact=False),
            )
        before = next((item for item in reversed(record.posteriors[:-1]) if item.kept), None)
        if before is not None and not is_risk:
            yield (
                f"Changes from version {before.number} to {current.number}",
                "diff.html",
                _key(current, before.id),
                lambda: _diff_page(store, before, current),
            )


def _trail(model: str = "") -> tuple[tuple[str, str], ...]:
    """The pages above a model's page, or above a page of that model."""
    return ((ALL_MODELS, "../index.html"), *(((model, "index.html"),) if model else ()))


def _key(version: Version, other: str = "") -> str:
    """What decides the content of a page: the versions, and the release that writes it."""
    return hashlib.sha256(f"{version_of('bayescale')} {version.id} {other}".encode()).hexdigest()[:16]


def _mark(key: str) -> str:
    return f"{GENERATOR} {key}".strip()


def _mark_of(page: Path) -> str:
    """The mark of a page; "" where there is none."""
    try:
        head = page.read_text(encoding="utf-8", errors="replace")[:HEAD]
    except OSError:
        return ""
    _, _, rest = head.partition('<meta name="generator" content="')
    return rest.partition('"')[0]


def _diff_page(store: Store, before: Version, after: Version) -> SitePage:
    from bayescale.maintenance.diff import diff

    changes = diff(store.load(before.model, before), store.load(after.model, after), targets_of(after))
    sections = tuple(Section(table.name, table.caption, (table,)) for table in diff_tables(changes))
    title = f"{after.model}: from version {before.number} to {after.number}"
    return SitePage(title, "", "passed", f"Reason: {after.message}", sections)
