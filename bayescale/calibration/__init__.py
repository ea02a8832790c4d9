"""Simulation-based calibration: data simulated from priors, ranks, uniformity. Real data: `scaling/evaluation`."""
