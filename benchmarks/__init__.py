"""Measurements behind the claims: run a module with `python -m benchmarks.<name>` from the checkout."""
