"""Figures: functions from a fit, a risk or an answer to a matplotlib Figure. No number is computed here."""
