"""What tests of faults share: a process that forks others to be killed, and a clock that goes wrong."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import IO, Self

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]


class Forking:
    """A process that imports once and then forks another for every line that it reads: `python -m MODULE GIVEN`."""

    def __init__(self, module: str, given: Path) -> None:
        self.command = [sys.executable, "-m", module, str(given)]

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            self.command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
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


def shifted_clock(folder: Path, seconds: int) -> dict[str, str]:
    """Environment variables under which a process takes the time for so many seconds later (earlier, if negative)."""
    compiler = shutil.which("cc")
    if compiler is None or not sys.platform.startswith("linux"):
        pytest.skip("no compiler to make a clock with")
    source, library = folder / "clock.c", folder / "clock.so"
    source.write_text(CLOCK, encoding="utf-8")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True, timeout=60)
    return {"LD_PRELOAD": str(library), "CLOCK_SHIFT": str(seconds)}
