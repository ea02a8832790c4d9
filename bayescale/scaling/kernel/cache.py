"""Compiled kernels on disk: found again by the next process, which neither imports PyTensor nor compiles.

A kernel is a folder with its source, Numba's machine code and a manifest of their hashes. It appears whole (renamed into
place), is read only while it matches its manifest, and is named by a digest of everything that its code depends on. The
place is `$BAYESCALE_CACHE_DIR`, else the user's cache folder, else a folder of the user's among temporary files; only
folders that nobody else can write to are read, since machine code is executed.
"""

import hashlib
import importlib.util
import json
import os
import shutil
import stat
import sys
import tempfile
import threading
from functools import cache
from pathlib import Path
from types import ModuleType

import platformdirs

MOST_BYTES = 256 * 1024**2  # of all kernels on disk, about 300 of them; the longest unused are removed first
SOURCE, MANIFEST = "kernel.py", "manifest.json"

_LOADED: dict[str, ModuleType] = {}
_LOCK = threading.Lock()


def load_kernel(source: str) -> ModuleType:
    """Load the compiled module of a source text, once a process; from disk where it was compiled before.

    Parameters
    ----------
    source : str
        Text of a module with functions that Numba compiles when it is imported.

    Returns
    -------
    module
        The module.
    """
    name = f"bayescale_kernel_{_digest(source)}"
    with _LOCK:
        if name not in _LOADED:
            root = cache_root()
            _LOADED[name] = (root and _read(root / name, source)) or _compiled(name, source, root)
        return _LOADED[name]


@cache
def cache_root() -> Path | None:
    """Find the folder of kernels.

    Returns
    -------
    pathlib.Path or None
        The first place that can be written to and that nobody else can; None where there is none.
    """
    places = [os.environ.get("BAYESCALE_CACHE_DIR", ""), platformdirs.user_cache_dir("bayescale")]
    user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "")
    places.append(os.path.join(tempfile.gettempdir(), f"bayescale-{user}"))
    return next((folder for place in places if place and (folder := _private_folder(Path(place, "kernels")))), None)


def _private_folder(folder: Path) -> Path | None:
    """The folder, made if need be; None where it cannot be written to, or is not the user's alone."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.lstat()
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError:
        return None
    others = stat.S_IWGRP | stat.S_IWOTH
    if hasattr(os, "getuid") and (status.st_uid != os.getuid() or status.st_mode & others or folder.is_symlink()):
        return None
    return folder


def _digest(source: str) -> str:
    """Digest of what the machine code depends on: text, versions and processor."""
    import llvmlite
    import llvmlite.binding
    import numba

    features = llvmlite.binding.get_host_cpu_features().flatten()
    processor = (llvmlite.binding.get_default_triple(), llvmlite.binding.get_host_cpu_name(), features)
    parts = (source, sys.version, numba.__version__, llvmlite.__version__, *processor)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def _read(folder: Path, source: str) -> ModuleType | None:
    """The module of a kernel on disk; None where it is missing or damaged. A damaged one is removed."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        whole = manifest == _hashes(folder) and (folder / SOURCE).read_text(encoding="utf-8") == source
        module = _imported(folder) if whole else None
    except FileNotFoundError:
        module, whole = None, not folder.exists()
    except Exception:  # whatever a damaged file of machine code raises
        module, whole = None, False
    if not whole:
        shutil.rmtree(folder, ignore_errors=True)
    elif module:
        _touch(folder)
    return module


def _compiled(name: str, source: str, root: Path | None) -> ModuleType:
    """The module, compiled, and its kernel published if there is a place for it."""
    with tempfile.TemporaryDirectory(prefix=".new-", dir=root, ignore_cleanup_errors=True) as scratch:
        folder = Path(scratch, name)
        folder.mkdir()
        (folder / SOURCE).write_text(source, encoding="utf-8")
        module = _imported(folder)
        if root:
            try:
                (folder / MANIFEST).write_text(json.dumps(_hashes(folder)), encoding="utf-8")
                folder.rename(root / name)
            except OSError:  # another process published it, or the disk is full: this process has its module
                pass
            else:
                _remove_unused(root)
    return module


def _imported(folder: Path) -> ModuleType:
    """Import a kernel's source; Numba compiles its functions, or finds their machine code beside it."""
    name = folder.name
    spec = importlib.util.spec_from_file_location(name, folder / SOURCE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # Numba looks the module up by name
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _hashes(folder: Path) -> dict[str, str]:
    """Hashes of the files of a kernel, by their paths in it."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST)
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _touch(folder: Path) -> None:
    """Mark a kernel as used."""
    try:
        os.utime(folder)
    except OSError:
        pass


def _remove_unused(root: Path) -> None:
    """Remove the kernels unused for longest, beyond `MOST_BYTES`."""
    total = 0
    kernels = []
    for folder in root.iterdir():
        try:
            kernels.append((folder.stat().st_mtime, folder))
        except OSError:  # removed by another process
            continue
    for _, folder in sorted(kernels, reverse=True):
        total += sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        if total > MOST_BYTES:
            shutil.rmtree(folder, ignore_errors=True)
