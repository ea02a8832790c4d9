"""Coefficients and inputs that tests of several subjects use."""

import math

import numpy as np

from bayescale.data.quantities import is_linear
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.registry import law

N, D = 1e9, 1e11  # parameters and tokens of an example


def first(name: str) -> dict[str, float]:
    """Coefficients of an entry's first source."""
    return dict(next(iter(law(name).published.values())))


def source(name: str, start: str) -> dict[str, float]:
    """Coefficients of the source whose name starts so."""
    return dict(next(values for key, values in law(name).published.items() if key.startswith(start)))


def sampled_inputs(entry: Law, n: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Random inputs within the ranges of a law, uniform on the axis of each."""
    out = {}
    for name, (low, high) in entry.ranges.items():
        linear = is_linear(name)
        out[name] = rng.uniform(low, high, n) if linear else np.exp(rng.uniform(math.log(low), math.log(high), n))
    return out


def example(entry: Law) -> tuple[dict[str, float], dict[str, float]]:
    """Inputs in the middle of a law's ranges, and parameters at the medians of its own priors or at usual values."""
    values = {"floor": 1.7, "amplitude": 300.0, "exponent": 0.3, "q": 0.8}
    inputs = {name: middle(*entry.ranges[name]) for name in entry.inputs}
    medians = {name: prior.quantile(0.5) for name, prior in entry.priors.items()}
    return inputs, {n: medians[n] if n in medians else values[entry.role(n)] for n in entry.parameter_names}


def middle(low: float, high: float) -> float:
    """Between two bounds, on the log scale where both are positive."""
    return math.sqrt(low * high) if low > 0 else (low + high) / 2


def cosine(n: int, peak: float = 3e-4, end: float = 3e-5) -> np.ndarray:
    """A cosine schedule of the learning rate."""
    return end + (peak - end) / 2 * (1 + np.cos(np.pi * np.arange(n) / n))
