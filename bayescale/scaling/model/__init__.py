"""The hierarchical model: design, priors, parametrization, noise, discrepancy, random variables. No sampling here."""
