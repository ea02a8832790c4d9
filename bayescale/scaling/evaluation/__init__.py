"""Forecasts held against larger runs that happened: folds, scores, backtest, stacking, inflation of intervals."""
