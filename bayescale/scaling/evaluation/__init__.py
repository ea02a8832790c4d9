"""Forecasts compared with larger runs: folds, scores, backtest, stacking, widening. It samples through `fit` alone."""
