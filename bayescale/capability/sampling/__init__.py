"""Draws of the capability model: a Gibbs sampler and its moves. What its variables mean is in `state`."""
