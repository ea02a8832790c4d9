"""Decisions from a risk posterior: budgets, next attempts, mixtures of options, policies, saturation."""
