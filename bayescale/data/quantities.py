"""The known columns: which values are possible, in what unit, and between which bounds they are plausible."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np


@dataclass(frozen=True)
class Quantity:
    """A column that must be finite, and positive where its axis is logarithmic.

    Attributes
    ----------
    unit : str
        The unit, in words.
    low, high : float
        Bounds of plausible values, in `unit`; a note reports values outside.
    count : bool, default False
        Whether it is a large absolute count, which tables often give in millions or billions.
    least, most : float, default 0 and infinity
        Bounds of possible values; values outside are refused.
    axis : {"log", "linear"}, default "log"
        Scale on which distances are measured and the discrepancy is smooth; "linear" for quantities that may be zero.
    whole : bool, default False
        Whether single values are whole numbers; means of several need not be.
    """

    unit: str
    low: float
    high: float
    count: bool = False
    least: float = 0.0
    most: float = np.inf
    axis: Literal["log", "linear"] = "log"
    whole: bool = False

    @property
    def allowed(self) -> str:
        """The possible values, in words."""
        positive = "more than 0" if self.axis == "log" else "0 or more"
        lower = positive if self.least == 0 else f"at least {self.least:g}"
        return lower + (f" and at most {self.most:g}" if np.isfinite(self.most) else "") + f" ({self.unit})"


PARAMETERS = Quantity("parameters", 1e3, 1e15, count=True)
TOKENS = Quantity("tokens", 1e3, 1e16, count=True)

KNOWN: dict[str, Quantity] = {
    "n_params": PARAMETERS,
    "n_params_nonemb": PARAMETERS,
    "n_params_active": PARAMETERS,
    "n_params_total": PARAMETERS,
    "n_params_average": PARAMETERS,
    "n_params_encoder": PARAMETERS,
    "n_params_decoder": PARAMETERS,
    "n_params_tuned": PARAMETERS,
    "n_params_nonvocab": PARAMETERS,
    "n_params_vocab": PARAMETERS,
    "n_tokens": TOKENS,
    "n_unique_tokens": TOKENS,
    "n_finetune_tokens": TOKENS,
    "flops": Quantity("floating-point operations", 1e6, 1e32),
    "lr": Quantity("peak learning rate", 1e-9, 1e2),
    "batch_size": Quantity("tokens or sequences per step", 1, 1e10),
    "seq_len": Quantity("tokens per sequence", 1, 1e9),
    "vocab_size": Quantity("tokens in the vocabulary", 2, 1e8),
    "epochs": Quantity("passes over the data", 1e-6, 1e5),
    "bits": Quantity("bits per weight", 0.1, 64, whole=True),
    "bits_activations": Quantity("bits per activation", 0.1, 64, whole=True),
    "bits_cache": Quantity("bits per entry of the key-value cache", 0.1, 64, whole=True),
    "bits_post": Quantity("bits per weight after training; 16 or more for none taken", 0.1, 64, whole=True),
    "exponent_bits": Quantity("exponent bits of a floating-point format", 0, 15, axis="linear", whole=True),
    "mantissa_bits": Quantity("mantissa bits of a floating-point format", 0, 60, axis="linear", whole=True),
    "block_size": Quantity("weights that share a scale", 1, 1e8, least=1, whole=True),
    "group_size": Quantity("weights that share a quantisation scale", 1, 1e8, least=1, whole=True),
    "n_streams": Quantity("parallel streams", 1, 1e5, least=1, whole=True),
    "repetitions": Quantity("times every token is seen", 1, 1e5, least=1, whole=True),
    "n_pools": Quantity("equal pools of data", 1, 1e4, least=1, whole=True),
    "n_experts": Quantity("experts a routed layer", 1, 1e6, least=1, whole=True),
    "active_ratio": Quantity("share that a token uses", 1e-5, 1, most=1),
    "sparsity": Quantity("share of the experts that a token does not use", 0, 1, most=0.999999, axis="linear"),
    "pruned_share": Quantity("share of the weights that are zero", 0, 1, most=0.999999, axis="linear"),
    "granularity": Quantity("how finely experts are divided", 1, 1e4, whole=True),
    "steps": Quantity("optimiser steps", 1, 1e9, whole=True),
    "lr_area": Quantity("sum of the learning rate over steps", 1e-9, 1e7),
    "lr_annealing": Quantity("momentum-weighted fall of the learning rate, summed over steps", 0, 1e5, axis="linear"),
    "lr_drop": Quantity("fall of the learning rate", 0, 1e2, axis="linear"),
    "lr_after": Quantity("learning rate after its fall", 1e-9, 1e2),
    "lr_area_since_drop": Quantity("sum of the learning rate over steps since its fall", 0, 1e7, axis="linear"),
    "gpu_hours": Quantity("hours of one accelerator", 1e-3, 1e10),
    "data_bits": Quantity("bits of knowledge in the data", 1, 1e18),
    "environments": Quantity("training environments", 1, 1e9, least=1, whole=True),
    "ot_distance": Quantity("optimal-transport distance to the validation data", 0, 1e9, axis="linear"),
    "examples": Quantity("examples seen", 1, 1e16),
    "domain_share": Quantity("share of the training tokens from the domain that is measured", 1e-6, 1, most=1),
    "loss": Quantity("nats per token", 1e-3, 20),
    "initial_loss": Quantity("nats per token before fine-tuning", 1e-3, 20),
    "teacher_loss": Quantity("nats per token of the teacher", 1e-3, 20),
    "injected_share": Quantity("share of pre-training data among fine-tuning data", 0, 1, most=1, axis="linear"),
    "source_loss": Quantity("nats per token on the data set that is predicted from", 1e-3, 20),
    "unimodal_loss": Quantity("nats per token, mean of two unimodal models", 1e-3, 20),
    "unigram_normalised_loss": Quantity(
        "nats per token above a unigram model; negative where better", -9, 2, least=-10, axis="linear"
    ),
    "samples": Quantity("samples drawn a problem", 1, 1e9, least=1, whole=True),
    "shots": Quantity("demonstrations in the prompt", 1, 1e6, whole=True),
    "initial_pass_rate": Quantity("pass rate before training", 0, 1, most=1, axis="linear"),
    "success_threshold": Quantity("share of attempts that must succeed", 1e-3, 0.999, most=1),
    "step_accuracy": Quantity("probability that one step is right", 1e-6, 1, most=1),
    "days": Quantity("days since a reference date", 0, 1e5, axis="linear"),
}

#: Columns of this prefix are shares of the training tokens that come from one domain; those of a row sum to 1.
WEIGHT_PREFIX = "weight_"
SUM_TOLERANCE = 0.01
WEIGHT = Quantity("share of the training tokens", 0, 1, most=1, axis="linear")

#: Sizes of a model that do not change during training.
SIZES = (
    "n_params",
    "n_params_nonemb",
    "n_params_active",
    "n_params_total",
    "n_params_encoder",
    "n_params_decoder",
    "n_params_tuned",
    "n_params_nonvocab",
    "n_params_vocab",
)
#: Bound of the largest value of a count column below which the column is not in absolute counts.
SMALLEST_COUNT = 1e4


def known_quantity(name: str) -> Quantity | None:
    """Look up the quantity that a column holds.

    Parameters
    ----------
    name : str
        Name of the column.

    Returns
    -------
    Quantity or None
        Of a known column, or of a weight of a mixture; None for any other.
    """
    return KNOWN.get(name) or (WEIGHT if name.startswith(WEIGHT_PREFIX) else None)


def known_columns(columns: Iterable[Any]) -> list[str]:
    """List the columns whose quantity is known.

    Parameters
    ----------
    columns : iterable
        Names of columns.

    Returns
    -------
    list of str
        Known columns in the order of `KNOWN`, then weights of a mixture in the order of the table.
    """
    names = [str(name) for name in columns]
    present = set(names)
    return [*(name for name in KNOWN if name in present), *weight_columns(names)]


def weight_columns(columns: Iterable[Any]) -> list[str]:
    """List the columns that hold the weights of a mixture.

    Parameters
    ----------
    columns : iterable
        Names of columns.

    Returns
    -------
    list of str
        Names that start with `WEIGHT_PREFIX`, in their order.
    """
    return [str(name) for name in columns if str(name).startswith(WEIGHT_PREFIX)]


def wrong_weight_sums(weights: Any) -> list[tuple[int, float]]:
    """Find mixtures whose weights do not sum to 1, to within rounding.

    Parameters
    ----------
    weights : array-like, shape (row, domain)
        Weights of all domains. A single domain is no mixture, and has no sum to check.

    Returns
    -------
    list of (int, float)
        Index and sum of each such row.
    """
    values = np.asarray(weights, dtype=float)
    if values.ndim != 2 or values.shape[1] < 2:
        return []
    sums = values.sum(axis=1)
    return [(int(i), float(sums[i])) for i in np.flatnonzero(np.abs(sums - 1) > SUM_TOLERANCE)]


def is_linear(name: str) -> bool:
    """Return whether a column may be zero, so that its axis is linear.

    Parameters
    ----------
    name : str
        Name of the column. A column that is not known has a logarithmic axis.

    Returns
    -------
    bool
        True for a linear axis.
    """
    quantity = known_quantity(name)
    return quantity is not None and quantity.axis == "linear"


def to_axis(name: str, values: Any) -> Any:
    """Transform values of an input to its axis.

    Parameters
    ----------
    name : str
        Name of the input.
    values : array-like
        The values.

    Returns
    -------
    array-like
        The values on a linear axis, else their logarithms.
    """
    return values if is_linear(name) else np.log(values)


def from_axis(name: str, values: Any, xp: Any = np) -> Any:
    """Transform values on the axis of an input back to the input.

    Parameters
    ----------
    name : str
        Name of the input.
    values : array-like
        Values on the axis.
    xp : module, default numpy
        NumPy or `pytensor.tensor`, whose `exp` is used.

    Returns
    -------
    array-like
        The values of the input.
    """
    return values if is_linear(name) else xp.exp(values)


def impossible(name: str, values: Any) -> list[tuple[int, str]]:
    """Find values that a quantity cannot take.

    Parameters
    ----------
    name : str
        Name of the column. A column that is not known must be positive.
    values : array-like
        The values. NaN counts as impossible; remove missing values before where they are allowed.

    Returns
    -------
    list of (int, str)
        Index of each impossible value, and the possible values in words.
    """
    quantity = known_quantity(name) or Quantity("in absolute units", 0, np.inf)
    flat = np.atleast_1d(np.asarray(values, dtype=float)).ravel()
    with np.errstate(invalid="ignore"):
        above = flat >= quantity.least if quantity.least > 0 or quantity.axis == "linear" else flat > 0
        possible = np.isfinite(flat) & above & (flat <= quantity.most)
    return [(int(i), quantity.allowed) for i in np.flatnonzero(~possible)]
