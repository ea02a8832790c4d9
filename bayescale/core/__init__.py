"""Mechanisms shared by losses and risk: validation, checks, summaries, files. It knows no laws, runs or trials."""
