"""Training mixtures: the best weights for a budget, the search on the simplex, and the next proxy runs."""
