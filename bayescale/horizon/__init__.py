"""Time horizons: success of agents by the time that a human needs. Repeated sampling alone is in `risk`."""
