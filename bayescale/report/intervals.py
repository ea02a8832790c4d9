"""The figure of parameters: intervals by family beside the prior they started from."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from bayescale.fitted import Fit
from bayescale.inference.design import Design, prior_of, single_family_prior
from bayescale.inference.posterior import from_tree
from bayescale.laws.formula import symbol
from bayescale.laws.priors import Prior
from bayescale.report import style

type Array = NDArray[np.float64]

MOST_FAMILIES = 30
MEANINGS = {"exponent": "exponent", "q": "how terms join", "decay": "repetitions", "gain": "gain"}


def plot_parameters(fit: Fit, prob: float = 0.9) -> Figure:
    """Exponents and shape parameters by family: median, 50 % (thick) and `prob` (thin) intervals.

    The grey band is the prior of one family's value, over the same probability; the dashed line is its median. A
    posterior as wide as the band was not informed by the data. A shared parameter is one row.
    """
    design = from_tree(fit.tree)
    law = design.spec.law
    names = [*law.exponents, *law.shapes]
    with style.drawing():
        height = max(1.9, 0.9 + 0.28 * min(len(design.families), MOST_FAMILIES))
        figure = style.Drawn(figsize=(max(5.6, 2.9 * len(names)), height + 0.5), layout="constrained")
        panels = figure.subplots(1, len(names), squeeze=False)[0]
        for position, (axes, name) in enumerate(zip(panels, names, strict=True)):
            draws = fit.tree["posterior"][name].to_numpy().reshape(-1, len(design.families))
            shared = design.spec.pooling_of(name) == "shared" or len(design.families) == 1
            shown = draws[:, :1] if shared else draws[:, :MOST_FAMILIES]
            labels = ("all families",) if shared else design.families[:MOST_FAMILIES]
            _prior(axes, prior_of_family(design, name), prob)
            _intervals(axes, shown, labels, prob)
            if not shared and position and panels[0].get_yticklabels():
                axes.tick_params(labelleft=False)
            axes.set_title(f"${symbol(name)}$ · {MEANINGS.get(law.role(name), law.role(name))}")
    return figure


def prior_of_family(design: Design, name: str) -> Prior:
    """Prior of one family's value: with partial pooling, population and spread together."""
    partial = design.spec.pooling_of(name) == "partial"
    return single_family_prior(design.spec.law, name) if partial else prior_of(design.spec.law, name)


def _prior(axes: Axes, prior: Prior, prob: float) -> None:
    low, middle, high = (prior.quantile(level) for level in ((1 - prob) / 2, 0.5, (1 + prob) / 2))
    axes.axvspan(low, high, color=style.LINE, alpha=0.7, linewidth=0)
    axes.axvline(middle, color=style.SOFT, linewidth=1, linestyle=(0, (4, 3)))


def _intervals(axes: Axes, draws: Array, labels: tuple[str, ...], prob: float) -> None:
    levels = [(1 - prob) / 2, 0.25, 0.5, 0.75, (1 + prob) / 2]
    outer_low, low, middle, high, outer_high = np.quantile(draws, levels, axis=0)
    rows = np.arange(len(labels))[::-1]
    for index, row in enumerate(rows):
        shade = style.colour(index) if len(labels) > 1 else style.INK
        axes.hlines(row, outer_low[index], outer_high[index], color=shade, linewidth=1.4)
        axes.hlines(row, low[index], high[index], color=shade, linewidth=4)
        axes.plot(middle[index], row, "o", color=style.PAPER, markeredgecolor=shade, markersize=5.5)
    axes.set_yticks(rows, [style.plain(label) for label in labels])
    axes.set_ylim(-0.7, len(labels) - 0.3)
    axes.grid(visible=False, axis="y")
