"""Figures: functions from a fit, a risk, or an answer of theirs to a matplotlib Figure, without a display or state.

Every one is public as `bayescale.plot_*`; the modules here are by subject.
"""
