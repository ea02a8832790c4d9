"""What tests of faults share: a process that forks others to be killed, at any time or before any change of a file, and
a clock that goes wrong."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Self

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]


class Forking:
    """A process that imports once and then forks another for every line that it reads: `python -m MODULE GIVEN`."""

    def __init__(self, module: str, given: Path, environment: Mapping[str, str] | None = None) -> None:
        self.command = [sys.executable, "-m", module, str(given)]
        self.environment = dict(environment or {})

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            self.command,
            cwd=ROOT,
            env=os.environ | self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        return self

    def __exit__(self, *error: object) -> None:
        self.asked.close()
        self.said.close()
        self.process.wait(timeout=60)

    @property
    def asked(self) -> IO[str]:
        """Where lines are written for it."""
        assert self.process.stdin is not None
        return self.process.stdin

    @property
    def said(self) -> IO[str]:
        """Where its answers are read."""
        assert self.process.stdout is not None
        return self.process.stdout


def moments(count: int, seed: int) -> list[float]:
    """A random moment of each of so many equal parts of a unit of time, in random order: no phase is left out."""
    rng = np.random.default_rng(seed)
    return list(rng.permutation((np.arange(count) + rng.uniform(size=count)) / count))


CLOCK = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
int clock_gettime(clockid_t which, struct timespec *now) {
    int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
    int done = real(which, now);
    if (which == CLOCK_REALTIME) now->tv_sec += atol(getenv("CLOCK_SHIFT"));
    return done;
}
"""


KILLER = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
static int steps;
static int inside(const char *path) {
    const char *folder = getenv("KILL_UNDER");
    return folder != NULL && strstr(path, folder) != NULL;
}
static int written(int file) {
    char name[64], path[4097];
    snprintf(name, sizeof name, "/proc/self/fd/%d", file);
    ssize_t length = readlink(name, path, sizeof path - 1);
    path[length < 0 ? 0 : length] = 0;
    return inside(path);
}
static int now(void) { return __atomic_add_fetch(&steps, 1, __ATOMIC_SEQ_CST) == atoi(getenv("KILL_AT")); }
static void die(void) { kill(getpid(), SIGKILL); for (;;) pause(); }
#define REAL(name) __typeof__(&name) real = dlsym(RTLD_NEXT, #name)
#define BEFORE(changes) if ((changes) && now()) die()
int rename(const char *a, const char *b) { REAL(rename); BEFORE(inside(b)); return real(a, b); }
int link(const char *a, const char *b) { REAL(link); BEFORE(inside(b)); return real(a, b); }
int linkat(int d, const char *a, int e, const char *b, int f) {
    REAL(linkat); BEFORE(inside(b)); return real(d, a, e, b, f);
}
int unlink(const char *a) { REAL(unlink); BEFORE(inside(a)); return real(a); }
int mkdir(const char *a, mode_t m) { REAL(mkdir); BEFORE(inside(a)); return real(a, m); }
int fsync(int f) { REAL(fsync); BEFORE(written(f)); return real(f); }
#define OPEN(name) int name(const char *path, int flags, ...) { \
    REAL(name); \
    va_list more; va_start(more, flags); mode_t mode = va_arg(more, mode_t); va_end(more); \
    BEFORE((flags & O_CREAT) && inside(path)); \
    return real(path, flags, mode); \
}
OPEN(open)
OPEN(open64)
ssize_t write(int f, const void *bytes, size_t n) {
    REAL(write);
    if (written(f) && now()) { real(f, bytes, n / 2); die(); }
    return real(f, bytes, n);
}
"""


def killer(folder: Path) -> dict[str, str]:
    """Environment variables under which a process, once it has set KILL_UNDER and KILL_AT, is killed before it changes
    files below that folder for the KILL_AT-th time; of a file that it writes then, half is written."""
    return {"LD_PRELOAD": str(_compiled(KILLER, folder / "killer.c"))}


def shifted_clock(folder: Path, seconds: int) -> dict[str, str]:
    """Environment variables under which a process takes the time for so many seconds later (earlier, if negative)."""
    return {"LD_PRELOAD": str(_compiled(CLOCK, folder / "clock.c")), "CLOCK_SHIFT": str(seconds)}


def _compiled(code: str, source: Path) -> Path:
    """A library of this C; skips the test where there is no compiler."""
    compiler = shutil.which("cc")
    if compiler is None or not sys.platform.startswith("linux"):
        pytest.skip("no compiler to make a clock or a killer with")
    library = source.with_suffix(".so")
    source.write_text(code, encoding="utf-8")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True, timeout=60)
    return library
