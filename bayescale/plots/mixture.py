"""Figure of a recommended training mixture.

plot_mixture    weights of every domain with their credible region, and the draws' best mixtures on the simplex
"""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from bayescale.core.arguments import checked
from bayescale.plots import style, wording
from bayescale.plots.panels.canvas import AxesArgument, canvas, layout_of
from bayescale.scaling.decisions.mixtures.choice import MixtureChoice

__all__ = ["plot_mixture"]

type Array = NDArray[np.float64]

HEIGHT = float(np.sqrt(3) / 2)  # of an equilateral triangle with sides of 1
CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, HEIGHT]])


@checked
def plot_mixture(choice: MixtureChoice, *, ax: AxesArgument = None) -> Figure:
    """Plot the recommended mixture.

    Left: weight of every domain; bars are intervals of the weights that are best in each draw, circles the recommended
    weights, diamonds the baseline, grey bars the range of the runs. Right: the best mixture of each draw on the simplex
    of three domains, of which two are those whose best weights vary most and the third is all the others together.

    Parameters
    ----------
    choice : MixtureChoice
        The answer of `Fit.mixture`.
    ax : sequence of matplotlib.axes.Axes, optional
        Two Axes to draw on: weights and simplex. Default: a new figure.

    Returns
    -------
    matplotlib.figure.Figure
        The figure.
    """
    with style.drawing():
        size = (9.0, max(3.4, 0.42 * len(choice.table) + 1.6))
        drawn = canvas(ax, layout_of(2, 2), size)
        left, right = drawn.panels
        _weights(left, choice)
        _simplex(right, choice)
        drawn.legend(left.get_legend_handles_labels()[0], columns=4)
    return drawn.figure


def _weights(axes: Axes, choice: MixtureChoice) -> None:
    """Weights of the domains, the first on top."""
    table = choice.table.iloc[::-1]
    rows = np.arange(len(table))
    axes.hlines(
        rows, table["measured_low"], table["measured_high"], color=style.LINE, linewidth=7, label="range of the runs"
    )
    axes.hlines(
        rows,
        table["best_lower"],
        table["best_upper"],
        color=style.colour(0),
        linewidth=2.4,
        label=f"best weight: {wording.level(choice.prob)}",
    )
    axes.plot(table["baseline"], rows, "D", color=style.colour(1), markersize=5, label="baseline")
    axes.plot(table["recommended"], rows, "o", color=style.colour(0), label="recommended")
    axes.set_yticks(rows, table["domain"])
    axes.set_xlabel("share of the training tokens")
    axes.set_xlim(left=0)
    row = choice.gain.iloc[0]
    axes.set_title(f"mean loss {row['gain_median']:.3g} below the baseline's\nP(better) {100 * row['better']:.0f} %")


def _simplex(axes: Axes, choice: MixtureChoice) -> None:
    """Best mixtures of the draws, the recommended one and the baseline on a triangle."""
    weights = choice.dataset["weight"].to_numpy()
    pair = np.sort(np.argsort(-weights.std(axis=0), kind="stable")[:2])
    names = [*(str(choice.table["domain"].iloc[j]) for j in pair), "all others"]
    outline = np.vstack([CORNERS, CORNERS[:1]])
    axes.plot(*outline.T, color=style.SOFT, linewidth=1)
    across, up = _on_triangle(weights[:, pair]).T
    axes.scatter(across, up, s=8, color=style.colour(0), alpha=0.35, linewidths=0)
    for name, mark, shade in (("baseline", "D", style.colour(1)), ("recommended", "o", style.colour(0))):
        place = _on_triangle(choice.table[name].to_numpy()[None, pair])[0]
        axes.plot(*place, mark, color=shade, markeredgecolor=style.PAPER, markersize=8)
    for (x, y), name in zip(CORNERS, names, strict=True):
        axes.annotate(name, (x, y), (0, -12 if y == 0 else 6), textcoords="offset points", ha="center", fontsize=9)
    axes.set_aspect("equal")
    axes.set_axis_off()
    axes.set_title("best mixture of each draw")


def _on_triangle(pair: Array) -> Array:
    """Places of mixtures (mixture, 2) whose third weight is the remainder."""
    return np.asarray(np.column_stack([pair, 1 - pair.sum(axis=1)]) @ CORNERS)
