"""Log likelihood of the counts of every group under a mixing law, for many laws at once.

The probability of a pair (attempts, successes) under a law is the sum over the nodes of its likelihood times the law's
mass. Most pairs are likely at a few nodes only. Pairs that are likely at about the same nodes are summed together, over
these nodes. What is left out is at most `NEGLIGIBLE`. A probability so small that this could count is summed again over
all nodes, so that probabilities are exact to a share of NEGLIGIBLE / LEAST.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayescale.risk.grid import Counts, Table
from bayescale.risk.mixing import Mixing

type Array = NDArray[np.float64]

NEGLIGIBLE = 1e-30  # likelihood, relative to its largest value, below which a node may be left out
LEAST = 1e-18  # probability of a pair below which it is summed over all nodes
_LEAST_LOG = 1e-300  # probabilities below count as this, so that logs are finite
_PAIRS = 256  # summed together
_MOST_POINTS = 1024  # at most, of mixing laws that are in memory together
_MOST_VALUES = 4_000_000  # at most, (pair, point) in memory: limits the points further


@dataclass(frozen=True, eq=False)
class _Block:
    """Pairs of counts that are likely at about the same nodes; p = 0 is the node before the first of the grid.

    Attributes
    ----------
    likelihood : ndarray, shape (n_pairs of the block, 1 + n_nodes)
        Likelihoods.
    nodes : slice
        Nodes outside of which every likelihood is negligible.
    likely : ndarray, shape (n_pairs of the block, n_nodes of the slice)
        Likelihoods there.
    """

    likelihood: Array
    nodes: slice
    likely: Array

    def probability(self, mass: Array, out: Array) -> None:
        """Write the probability of each pair under laws with masses (1 + n_nodes, n_laws) to an array."""
        np.matmul(self.likely, mass[self.nodes], out=out)
        uncertain = np.flatnonzero(out.min(axis=0) < LEAST)
        if len(uncertain):
            out[:, uncertain] = np.maximum(self.likelihood @ mass[:, uncertain], _LEAST_LOG)


@dataclass(frozen=True, eq=False)
class CountBlocks:
    """Distinct counts in blocks, and how many problems of each group have them.

    Attributes
    ----------
    weight : ndarray or csr_array, shape (n_groups, n_pairs)
        Total weight of a group's problems with the pair, in the order of the blocks.
    blocks : tuple of _Block
        The blocks.
    """

    weight: Table
    blocks: tuple[_Block, ...]


def count_blocks(counts: Counts) -> CountBlocks:
    """Divide distinct counts into blocks of those that are likely at about the same nodes.

    Parameters
    ----------
    counts : Counts
        Distinct counts, how many problems of a group have them, and their likelihood on the grid.

    Returns
    -------
    CountBlocks
        The blocks.
    """
    likelihood = np.column_stack([counts.at_zero, counts.likelihood])
    counted = np.abs(likelihood) > NEGLIGIBLE  # likelihoods narrower than a node have weights below 0
    first, last = counted.argmax(axis=1), likelihood.shape[1] - counted[:, ::-1].argmax(axis=1)
    order = np.lexsort((last, first))
    blocks = []
    for start in range(0, len(order), _PAIRS):
        pairs = order[start : start + _PAIRS]
        nodes = slice(int(first[pairs].min()), int(last[pairs].max()))
        blocks.append(_Block(likelihood[pairs], nodes, likelihood[pairs, nodes]))
    return CountBlocks(counts.weight[:, order], tuple(blocks))


def group_log_likelihood(counts: CountBlocks, law: Mixing) -> Callable[[Array], Array]:
    """Return the log likelihood of every group's counts as a function of the parameters of a mixing law.

    Parameters
    ----------
    counts : CountBlocks
        The counts.
    law : Mixing
        The mixing law.

    Returns
    -------
    callable
        From standard normal coordinates (n, dims) to log likelihoods (n_groups, n).
    """
    groups, pairs = counts.weight.shape
    size = min(_MOST_POINTS, max(64, _MOST_VALUES // pairs))

    def log_likelihood(z: Array) -> Array:
        out = np.empty((groups, len(z)))
        for start in range(0, len(z), size):
            part = slice(start, start + size)
            mass, zero = law.mass(law.parameters(z[part]))
            out[:, part] = counts.weight @ _log_probability(counts.blocks, pairs, np.vstack([zero, mass.T]))
        return out

    return log_likelihood


def _log_probability(blocks: Sequence[_Block], pairs: int, mass: Array) -> Array:
    """Log probability of each pair under laws with masses (1 + n_nodes, n_laws), in the order of the blocks."""
    out, start = np.empty((pairs, mass.shape[1])), 0
    for block in blocks:
        end = start + len(block.likelihood)
        block.probability(mass, out[start:end])
        start = end
    return np.log(out, out=out)
