"""Capabilities: scores of models on several benchmarks, by compute. Laws of one measured column are in `scaling`."""
