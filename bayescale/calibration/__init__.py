"""Data simulated from priors, and simulation-based calibration of laws and mixing laws. No real data."""
