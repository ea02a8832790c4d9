"""Risk under repeated sampling: what many attempts reach, from few that were made."""
