"""Logs of evaluation harnesses as attempts, and what their scores mean. Counting is in `data/attempts`."""
