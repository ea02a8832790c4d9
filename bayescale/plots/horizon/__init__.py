"""Figures of time horizons: agents over release dates, and success over human time."""
