"""Measurements behind the claims of the documentation: run a module with `python -m benchmarks.NAME`."""
