"""Every graph that the model is defined on has the members of the protocol."""

import inspect

import pytest

from bayescale.scaling.kernel.recorded_model import _RecordedGraph
from bayescale.scaling.model.graph import Graph
from bayescale.scaling.model.pymc_model import _PyMCGraph
from tests.scaling.model.numpy_graph import NumPyGraph

MEMBERS = [name for name in vars(Graph) if not name.startswith("_")]


@pytest.mark.parametrize("graph", [_PyMCGraph, _RecordedGraph, NumPyGraph])
@pytest.mark.parametrize("name", MEMBERS)
def test_graphs_have_the_members_of_the_protocol(graph: type, name: str) -> None:
    expected, member = getattr(Graph, name), getattr(graph, name)
    assert isinstance(member, property) is isinstance(expected, property)
    if not isinstance(expected, property):
        count = len(inspect.signature(expected).parameters)
        assert len(inspect.signature(member).parameters) == count
