"""Machine code on disk survives damage, full disks and missing homes; nobody else can put code there."""

import errno
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import platformdirs
import pytest

from bayescale.scaling.kernel import cache

CODE = bytes(range(256)) * 20
DIGEST = cache.digest_of("a kernel")
posix = pytest.mark.skipif(not hasattr(os, "getuid"), reason="permissions are those of the user's profile")


@pytest.fixture(autouse=True)
def _nothing_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Every place is below the test's folder."""
    monkeypatch.delenv(cache.PLACE, raising=False)
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda name: str(tmp_path / "home" / name))
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path / "temporary"))
    cache._first_private.cache_clear()
    yield
    cache._first_private.cache_clear()


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    cache.write(DIGEST, CODE)
    return tmp_path / "home" / "bayescale" / "kernels" / DIGEST


def block(path: Path) -> None:
    """Make a folder impossible, for every user: a file has its place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("a file", encoding="utf-8")


def test_what_is_written_is_read(stored: Path) -> None:
    assert stored.exists()
    assert cache.read(DIGEST) == CODE
    assert cache.read(cache.digest_of("another kernel")) is None
    assert [path.name for path in stored.parent.iterdir()] == [DIGEST]  # nothing partial stays


def test_a_digest_depends_on_every_part() -> None:
    digests = {cache.digest_of(*parts) for parts in (("a", "b"), ("ab",), ("b", "a"), ("a", "b", ""))}
    assert len(digests) == 4


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:20],
        lambda content: content[:-1],
        lambda content: content + b"\0",
        lambda content: content[:100] + bytes([content[100] ^ 1]) + content[101:],
        lambda content: bytes([content[0] ^ 1]) + content[1:],
    ],
    ids=["empty", "within the hash", "truncated", "longer", "a flipped bit", "a flipped bit of the hash"],
)
def test_a_damaged_file_is_not_used_and_is_replaced(stored: Path, damage: Any) -> None:
    stored.write_bytes(damage(stored.read_bytes()))
    assert cache.read(DIGEST) is None
    cache.write(DIGEST, CODE)
    assert cache.read(DIGEST) == CODE


def test_the_code_of_another_kernel_is_not_used(stored: Path) -> None:
    other = cache.digest_of("another kernel")
    stored.rename(stored.with_name(other))
    assert cache.read(other) is None


def test_the_configured_place_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(cache.PLACE, str(tmp_path / "configured"))
    cache.write(DIGEST, CODE)
    assert (tmp_path / "configured" / "kernels" / DIGEST).exists()
    assert not (tmp_path / "home").exists()
    assert cache.read(DIGEST) == CODE


def test_a_relative_place_is_that_of_the_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(cache.PLACE, "here")
    assert cache.cache_folder() == tmp_path / "here" / "kernels"


def test_a_home_that_cannot_be_written_to_is_replaced(tmp_path: Path) -> None:
    block(tmp_path / "home")
    cache.write(DIGEST, CODE)
    (folder,) = (tmp_path / "temporary").glob("bayescale-*")
    assert (folder / "kernels" / DIGEST).exists()
    assert cache.read(DIGEST) == CODE


@posix
def test_a_home_that_is_read_only_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, temporary_file = tmp_path / "home", tempfile.TemporaryFile

    def refuse(**arguments: Any) -> Any:  # permissions do not stop a superuser
        if home in Path(arguments["dir"]).parents:
            raise OSError(errno.EROFS, "Read-only file system")
        return temporary_file(**arguments)

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    cache.write(DIGEST, CODE)
    assert cache.read(DIGEST) == CODE
    assert (tmp_path / "temporary") in (cache.cache_folder() or home).parents


def test_a_user_without_a_home_leaves_the_working_folder_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda name: f"~/.cache/{name}")
    cache.write(DIGEST, CODE)
    assert cache.read(DIGEST) == CODE
    assert [path.name for path in tmp_path.iterdir()] == ["temporary"]


def test_without_any_place_nothing_is_stored(tmp_path: Path) -> None:
    block(tmp_path / "home")
    block(tmp_path / "temporary")
    cache.write(DIGEST, CODE)
    assert cache.cache_folder() is None
    assert cache.read(DIGEST) is None


@posix
@pytest.mark.parametrize("mode", [0o770, 0o702, 0o777])
def test_a_folder_that_others_can_write_to_is_not_used(stored: Path, tmp_path: Path, mode: int) -> None:
    stored.parent.chmod(mode)
    cache._first_private.cache_clear()
    assert cache.read(DIGEST) is None
    assert (tmp_path / "temporary") in (cache.cache_folder() or stored).parents


@posix
def test_a_folder_that_others_can_replace_is_not_used(stored: Path) -> None:
    for mode, is_used in ((0o777, False), (0o1777, True), (0o755, True)):
        stored.parent.parent.chmod(mode)
        cache._first_private.cache_clear()
        assert (cache.cache_folder() == stored.parent) is is_used


@posix
@pytest.mark.parametrize("folder", ["kernels", "bayescale"])
def test_a_folder_of_another_user_is_not_used(stored: Path, monkeypatch: pytest.MonkeyPatch, folder: str) -> None:
    theirs = next(path for path in stored.parents if path.name == folder)
    status, another = os.stat, os.getuid() + 1

    def stat_of(path: Any, **settings: Any) -> Any:
        result = status(path, **settings)
        fields = list(result)
        fields[4] = another
        return os.stat_result(fields) if Path(path) == theirs else result

    monkeypatch.setattr(Path, "stat", lambda self, **settings: stat_of(self, **settings))
    monkeypatch.setattr(Path, "lstat", lambda self: stat_of(self, follow_symlinks=False))
    cache._first_private.cache_clear()
    assert cache.cache_folder() != stored.parent


@posix
def test_a_link_is_not_used(stored: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    stored.parent.rename(elsewhere)
    stored.parent.symlink_to(elsewhere)
    cache._first_private.cache_clear()
    assert cache.read(DIGEST) is None
    assert cache.cache_folder() != stored.parent


@posix
def test_new_folders_belong_to_the_user_alone(stored: Path) -> None:
    assert stored.parent.stat().st_mode & 0o777 == 0o700
    assert stored.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("function", ["replace", "fdopen"])
def test_a_full_disk_leaves_nothing_behind(stored: Path, monkeypatch: pytest.MonkeyPatch, function: str) -> None:
    def fail(descriptor: Any, *arguments: Any) -> Any:
        if isinstance(descriptor, int):
            os.close(descriptor)
        raise OSError(errno.ENOSPC, "No space left on device")

    other = cache.digest_of("another kernel")
    with monkeypatch.context() as patch:
        patch.setattr(os, function, fail)
        cache.write(other, CODE)
    assert [path.name for path in stored.parent.iterdir()] == [DIGEST]
    assert cache.read(other) is None
    assert cache.read(DIGEST) == CODE


def test_a_folder_that_is_removed_meanwhile_is_no_error(stored: Path) -> None:
    stored.unlink()
    stored.parent.rmdir()
    cache.write(DIGEST, CODE)
    assert cache.read(DIGEST) is None


def test_the_longest_unused_are_removed_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MOST_FILES", 3)
    digests = [cache.digest_of(str(i)) for i in range(4)]
    folder = cache.cache_folder()
    assert folder is not None
    for i, digest in enumerate(digests[:3]):
        cache.write(digest, CODE)
        os.utime(folder / digest, (1000 + i, 1000 + i))
    assert cache.read(digests[0]) == CODE  # used now
    cache.write(digests[3], CODE)
    assert {path.name for path in folder.iterdir()} == {digests[0], digests[2], digests[3]}


PROCESS = """
import sys
from bayescale.scaling.kernel import cache
code = bytes(range(256)) * 2000
for i in range(50):
    read = cache.read(sys.argv[1])
    assert read in (None, code), "a part was read"
    cache.write(sys.argv[1], code)
assert cache.read(sys.argv[1]) == code
"""


def test_processes_that_store_the_same_kernel_do_not_disturb_each_other(tmp_path: Path) -> None:
    environment = {**os.environ, cache.PLACE: str(tmp_path)}
    command = [sys.executable, "-c", PROCESS, DIGEST]
    processes = [subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    for process in processes:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
    assert [path.name for path in (tmp_path / "kernels").iterdir()] == [DIGEST]
