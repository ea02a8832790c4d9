"""Decisions from a posterior: comparisons, allocation, required compute, crossover, trend, the next run."""
