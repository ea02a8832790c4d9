"""Repeated sampling: mixing laws, pooling, judge, posterior, predictions. Losses are in `scaling`."""
