"""Statistics of draws: convergence of chains, importance weights and their Pareto smoothing."""
