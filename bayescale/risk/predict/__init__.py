"""Forecasts of ASR@N and draws of rates from a risk posterior. No decisions."""
