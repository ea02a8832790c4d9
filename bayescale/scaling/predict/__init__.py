"""Predictions at targets from posterior draws, and the likelihood of runs. Decisions are in `decisions`."""
