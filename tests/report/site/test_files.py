"""The files of a site: every link leads to a page of it, nothing else is loaded, and nothing else is replaced."""

from pathlib import Path
from typing import Any

import pytest

from bayescale.errors import InputError
from bayescale.maintenance.store.posteriors import Store
from bayescale.report.site.files import write_site
from tests.cli.conftest import Run
from tests.report.conftest import HOSTILE, Page


@pytest.fixture(autouse=True)
def no_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures are tested in ../loss/test_figures.py."""
    monkeypatch.setattr("bayescale.report.loss.content.drawings", lambda *_: ())
    monkeypatch.setattr("bayescale.report.maintained_report.ledger_drawings", lambda *_: ())


def pages(site: Path) -> dict[str, Page]:
    return {path.relative_to(site).as_posix(): Page(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")}


def test_every_link_leads_to_a_page_of_the_site(site: Path) -> None:
    reached = {"index.html"}
    for name, page in pages(site).items():
        for link in [one["href"] for one in page.named("a", "link")]:
            assert link
            if link.startswith("#"):
                assert link[1:] in {one.get("id") for _, one in page.elements}
                continue
            target = (site / name).parent / link
            assert target.exists(), (name, link)
            reached.add(target.resolve().relative_to(site.resolve()).as_posix())
    assert reached == {*pages(site), "style.css"}  # no page is out of reach


def test_hostile_text_is_text(site: Path) -> None:
    texts = "".join("".join(page.words) for page in pages(site).values())
    assert HOSTILE in texts
    assert not [
        page.named("script", "b", "img", "style") for page in pages(site).values() if page.named("script", "b", "img")
    ]


def test_a_second_call_keeps_pages_of_versions(site: Path, store: Store) -> None:
    version, index = site / "both" / "version-1.html", site / "index.html"
    before = [path.stat().st_mtime_ns for path in (version, index)]
    write_site(store, site)
    assert version.stat().st_mtime_ns == before[0]
    assert index.stat().st_mtime_ns > before[1]


def test_reports_are_written_on_request_and_kept(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert write_site(store, tmp_path / "out", reports=True) == ()
    model = pages(tmp_path / "out")["both/index.html"]
    links = {one["href"] for one in model.named("a")}
    assert {"report.html", "diff.html"} <= links
    assert "both, version 2" in "".join(pages(tmp_path / "out")["both/report.html"].words)
    assert "parameters" in "".join(pages(tmp_path / "out")["both/diff.html"].words)
    assert "diff.html" not in {one["href"] for one in pages(tmp_path / "out")["risk/index.html"].named("a")}

    def refused(*_: Any) -> None:
        raise AssertionError("draws were read again")

    monkeypatch.setattr(Store, "load", refused)
    write_site(store, tmp_path / "out", reports=True)
    write_site(store, tmp_path / "out")  # and without reports, those that stand stay linked
    links = {one["href"] for one in pages(tmp_path / "out")["both/index.html"].named("a")}
    assert {"report.html", "diff.html"} <= links


def test_another_page_is_not_replaced(store: Store, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="is no page of a bayescale site"):
        write_site(store, tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written"):
        write_site(store, tmp_path / "file" / "site")


def test_the_command(store: Store, tmp_path: Path, run: Run) -> None:
    code, out, err = run("site", store.url, "--out", tmp_path / "out")
    assert (code, out) == (0, "")
    assert err.strip() == f"wrote {tmp_path / 'out' / 'index.html'}"


def test_a_model_that_cannot_be_read_is_named(
    store: Store,
    tmp_path: Path,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Store, "models", lambda _: ("both", "lost"))
    code, _, err = run("site", store.url, "--out", tmp_path / "out")
    assert code == 2
    assert "lost" in err
    assert "It cannot be read" in (tmp_path / "out" / "lost" / "index.html").read_text(encoding="utf-8")
