"""Which inputs are known to be positive, in what unit, and between which values they are believable."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Quantity:
    """An input that must be positive and finite where it is given.

    `low` and `high` bound what is believable, in `unit`; a value outside is noted, not refused. `count` marks the
    large absolute counts that people like to give in millions or billions.
    """

    unit: str
    low: float
    high: float
    count: bool = False


PARAMETERS = Quantity("parameters", 1e3, 1e15, count=True)
TOKENS = Quantity("tokens", 1e3, 1e16, count=True)

KNOWN: dict[str, Quantity] = {
    "n_params": PARAMETERS,
    "n_params_nonemb": PARAMETERS,
    "n_params_active": PARAMETERS,
    "n_params_total": PARAMETERS,
    "n_params_encoder": PARAMETERS,
    "n_params_decoder": PARAMETERS,
    "n_tokens": TOKENS,
    "n_unique_tokens": TOKENS,
    "flops": Quantity("floating-point operations", 1e6, 1e32),
    "lr": Quantity("peak learning rate", 1e-9, 1e2),
    "batch_size": Quantity("tokens or sequences per step", 1, 1e10),
    "seq_len": Quantity("tokens per sequence", 1, 1e9),
    "vocab_size": Quantity("tokens in the vocabulary", 2, 1e8),
    "epochs": Quantity("passes over the data", 1e-6, 1e5),
    "bits": Quantity("bits per weight", 0.1, 64),
    "n_streams": Quantity("parallel streams", 1, 1e5),
}

#: The largest value of a count column below which the column was evidently not given as absolute counts.
SMALLEST_COUNT = 1e4
