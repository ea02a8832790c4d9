"""Questions asked of a posterior: compare, allocate, required compute, crossover, trend, the next run."""
