"""Words of figures and of tables: names of axes, counts, probabilities and escaped texts. Nothing here draws."""

from bayescale.core.display import printable

AXES = {
    "n_params": "parameters",
    "n_tokens": "training tokens",
    "flops": "training compute (FLOP)",
    "n_unique_tokens": "distinct training tokens",
    "n_finetune_tokens": "fine-tuning tokens",
    "n_streams": "parallel streams",
    "tokens_per_param": "tokens per parameter",
}
UNITS = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))


def plain(text: object) -> str:
    """Escape a text: matplotlib reads $ as mathematics and hides labels that begin with _.

    Parameters
    ----------
    text : object
        The text.

    Returns
    -------
    str
        The escaped text.
    """
    escaped = printable(str(text)).replace("$", r"\$")
    return f" {escaped}" if escaped.startswith("_") else escaped


def level(prob: float) -> str:
    """Format a probability: .9 → "90 %".

    Parameters
    ----------
    prob : float
        The probability.

    Returns
    -------
    str
        The text.
    """
    return f"{100 * prob:.4g} %"


def response(name: str) -> str:
    """Return an axis label for a response.

    Parameters
    ----------
    name : str
        The response.

    Returns
    -------
    str
        The label, with a unit where it is known.
    """
    return "loss (nats per token)" if name == "loss" else plain(name)


def size_text(value: float) -> str:
    """Format a count: 6.9e9 → "6.9B", 300 → "300", 3e22 → "3e+22".

    Parameters
    ----------
    value : float
        The count.

    Returns
    -------
    str
        The text.
    """
    value = float(f"{value:.3g}")
    for unit, letter in UNITS:
        if unit <= value < 1000 * unit:
            return f"{value / unit:.3g}{letter}"
    return f"{value:.3g}"
