"""Forecasts held against larger runs that really happened: folds, scores, and what they say of laws."""
