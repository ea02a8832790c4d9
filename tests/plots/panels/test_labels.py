"""Labels of points do not overprint one another."""

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from bayescale.plots.panels.labels import label_points


@pytest.mark.parametrize("spread", [0.0, 0.01, 0.15])
def test_labels_of_near_points_do_not_overlap_and_stay_inside(spread: float) -> None:
    figure = Figure(figsize=(8.6, 3.9), layout="constrained")
    axes = figure.subplots()
    axes.set(xlim=(0, 1), ylim=(-5, 5), xlabel="x", ylabel="y")
    places = [(0.97 - spread * index, 4.6 - 2 * spread * index, f"a-long-run-name-{index}") for index in range(6)]
    label_points(axes, places, np.array([place[:2] for place in places]))
    figure.draw_without_rendering()
    boxes = [Text.get_window_extent(text) for text in axes.texts]
    assert len(boxes) == 6
    assert not [(i, j) for i in range(6) for j in range(i) if boxes[i].overlaps(boxes[j])]
    assert all(
        axes.bbox.x0 - 2 <= box.x0 and box.x1 <= axes.bbox.x1 + 2 and box.y1 <= axes.bbox.y1 + 4 for box in boxes
    )
