"""Machine code of a module: compiled by LLVM or found on disk, and made callable."""

import ctypes
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir

from bayescale.scaling.kernel import cache as disk
from bayescale.scaling.kernel.emission import NAME

OPTIMISATION = 3


@dataclass(frozen=True)
class Kernel:
    """A compiled density in memory.

    Attributes
    ----------
    address : int
        Address of the C function (size, point, number of rows, rows, constants, gradient) that returns the log density.
    function : callable
        The same, for Python: of two whole numbers and four addresses, in this order of arguments.
    engine : llvmlite.binding.ExecutionEngine
        Holds the memory of the code.
    """

    address: int
    function: Any
    engine: Any


def kernel_of(module: ir.Module) -> Kernel:
    """Compile a module, or load its machine code from disk.

    Parameters
    ----------
    module : llvmlite.ir.Module
        A module with the function `log_density`.

    Returns
    -------
    Kernel
        The callable density.
    """
    text = str(module)
    digest = disk.digest_of(text, processor())
    code = disk.read(digest)
    if code is not None:
        with suppress(RuntimeError):  # not for this processor: compiled again
            return loaded(code)
    code = compiled(text)
    disk.write(digest, code)
    return loaded(code)


def compiled(text: str) -> bytes:
    """Compile a module for this processor.

    Parameters
    ----------
    text : str
        The module as LLVM assembly.

    Returns
    -------
    bytes
        An object file.
    """
    machine = _machine()
    parsed = llvm.parse_assembly(text)
    parsed.verify()
    options = llvm.create_pipeline_tuning_options(speed_level=OPTIMISATION)
    options.loop_vectorization = options.slp_vectorization = True
    passes = llvm.create_pass_builder(machine, options)
    passes.getModulePassManager().run(parsed, passes)
    return bytes(machine.emit_object(parsed))


def loaded(object_file: bytes) -> Kernel:
    """Load an object file.

    Parameters
    ----------
    object_file : bytes
        Compiled for this processor.

    Returns
    -------
    Kernel
        The callable density.

    Raises
    ------
    RuntimeError
        If it is no object file for this processor, or does not hold the function `log_density`.
    """
    if _header(object_file) != _native_header():  # LLVM ends the process for another format
        raise RuntimeError("the machine code is not for this processor")
    reference = llvm.ObjectFileRef.from_data(object_file)
    if not reference._ptr:  # llvmlite does not check it
        raise RuntimeError("the machine code is damaged")
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _machine())
    engine.add_object_file(reference)
    engine.finalize_object()
    address = engine.get_function_address(NAME)
    if not address:
        raise RuntimeError(f"the machine code does not hold {NAME}")
    pointers = (ctypes.c_void_p,) * 3
    function = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_int64, ctypes.c_void_p, ctypes.c_int64, *pointers)(address)
    return Kernel(address, function, engine)


def processor() -> str:
    """Describe what machine code depends on besides the module: versions and this processor.

    Returns
    -------
    str
        Equal where an object file can be used again.
    """
    features = llvm.get_host_cpu_features().flatten()
    version = ".".join(map(str, llvm.llvm_version_info))
    return "\n".join((version, llvm.get_default_triple(), llvm.get_host_cpu_name(), features, str(OPTIMISATION)))


def _header(object_file: bytes) -> bytes:
    """Format and processor, which an object file begins with: ELF in 20 bytes, Mach-O in 8, COFF in 2."""
    lengths = {b"\x7fELF": 20, b"\xcf\xfa\xed\xfe": 8}
    return object_file[: lengths.get(object_file[:4], 2)]


@cache
def _native_header() -> bytes:
    return _header(bytes(_machine().emit_object(llvm.parse_assembly(""))))


@cache
def _initialise() -> None:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()


def _machine() -> Any:
    """The processor that code is compiled for: this one."""
    _initialise()
    target = llvm.Target.from_default_triple()
    return target.create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=OPTIMISATION,
        reloc="pic",
        codemodel="jitdefault",
        jit=True,
    )
