"""Object code loads and runs; what cannot be loaded is refused, and compiled again."""

import os
import subprocess
import sys
from pathlib import Path

import llvmlite.binding as llvm
import numpy as np
import pytest

from bayescale.scaling.kernel import cache, machine_code
from bayescale.scaling.kernel.emission import Recording, module_of
from bayescale.scaling.kernel.machine_code import Kernel, compiled, kernel_of, loaded, processor
from bayescale.scaling.kernel.nodes import Tape


def recording(value: float) -> Recording:
    """The constant function of a point with one element."""
    tape = Tape()
    return Recording(tape.number(value), (tape.record("point", settings=(0, 0), axis=None),), (tape.number(1.0),), 0, 1)


def text_of(value: float) -> str:
    return str(module_of(recording(value)))


def call(kernel: Kernel) -> float:
    numbers, written = np.zeros(2), np.zeros(1)
    return float(kernel.function(1, numbers.ctypes.data, 0, *[numbers.ctypes.data] * 2, written.ctypes.data))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(cache.PLACE, str(tmp_path))
    return tmp_path / "kernels"


def test_object_code_loads_and_runs() -> None:
    kernel = loaded(compiled(text_of(2.5)))
    assert kernel.address
    assert call(kernel) == 2.5


def test_kernels_live_side_by_side() -> None:
    kernels = [loaded(compiled(text_of(value))) for value in (1.0, 2.0, 3.0)]
    assert [call(kernel) for kernel in kernels] == [1.0, 2.0, 3.0]


def foreign(triple: str) -> bytes:
    """The object code of another kind of computer."""
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    machine = llvm.Target.from_triple(triple).create_target_machine(reloc="pic")
    return bytes(machine.emit_object(llvm.parse_assembly(text_of(1.0))))


@pytest.mark.parametrize(
    "triple",
    [
        "aarch64-unknown-linux-gnu",
        "x86_64-unknown-linux-gnu",
        "x86_64-apple-darwin",
        "arm64-apple-darwin",
        "x86_64-pc-windows-msvc",
    ],
)
def test_code_of_another_computer_is_refused(triple: str) -> None:
    try:
        code = foreign(triple)
    except RuntimeError:
        pytest.skip(f"this LLVM does not compile for {triple}")
    if machine_code._header(code) == machine_code._native_header():
        pytest.skip(f"this computer is {triple}")
    with pytest.raises(RuntimeError, match="not for this processor"):
        loaded(code)


@pytest.mark.parametrize("length", [0, 1, 64, -1, -50])
def test_a_part_of_object_code_is_refused(length: int) -> None:
    with pytest.raises(RuntimeError, match=r"damaged|not for this processor"):
        loaded(compiled(text_of(1.0))[:length])


def test_object_code_without_the_function_is_refused() -> None:
    with pytest.raises(RuntimeError, match="does not hold log_density"):
        loaded(compiled(text_of(1.0).replace("log_density", "another")))


def test_a_kernel_is_compiled_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = []
    monkeypatch.setattr(machine_code, "compiled", lambda text: texts.append(text) or compiled(text))
    module = module_of(recording(4.0))
    assert [call(kernel_of(module)) for _ in range(3)] == [4.0] * 3
    assert len(texts) == 1
    assert call(kernel_of(module_of(recording(5.0)))) == 5.0
    assert len(texts) == 2
    assert len(list(folder.iterdir())) == 2


def test_another_processor_compiles_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = module_of(recording(4.0))
    kernel_of(module)
    monkeypatch.setattr(machine_code, "processor", lambda: "another")
    kernel_of(module)
    assert len(list(folder.iterdir())) == 2


@pytest.mark.parametrize("stored", [b"no machine code", b"", compiled(text_of(1.0).replace("log_density", "another"))])
def test_stored_code_that_cannot_be_loaded_is_replaced(folder: Path, stored: bytes) -> None:
    module = module_of(recording(4.0))
    digest = cache.digest_of(str(module), processor())
    cache.write(digest, stored)  # with a valid hash
    assert cache.read(digest) == stored
    assert call(kernel_of(module)) == 4.0
    assert call(loaded(cache.read(digest) or b"")) == 4.0


def test_code_without_a_cache_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "cache_folder", lambda: None)
    assert call(kernel_of(module_of(recording(4.0)))) == 4.0


SECOND_PROCESS = """
import sys
from bayescale.scaling.kernel import machine_code
machine_code.compiled = lambda text: sys.exit("compiled again")
from bayescale.calibration.simulated_design import design_of
from bayescale.scaling.single_law import make_spec
from bayescale.scaling.sampling.compilation import density_of
from bayescale.scaling.sampling.starting_point import starting_point
design = design_of(make_spec("chinchilla", "family", True, None, None, None), None, 2, 6)
density = density_of(design)
print([name for name in ("pymc", "pytensor") if name in sys.modules])
"""


def test_a_second_process_neither_compiles_nor_imports_pymc(folder: Path) -> None:
    first = SECOND_PROCESS.replace('machine_code.compiled = lambda text: sys.exit("compiled again")', "")
    environment = {**os.environ, cache.PLACE: str(folder.parent)}
    outputs = []
    for code in (first, SECOND_PROCESS):
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment, check=False)
        assert done.returncode == 0, done.stderr
        outputs.append(done.stdout.strip())
    assert outputs == ["[]", "[]"]
    assert len(list(folder.iterdir())) == 1
