"""From draws to predictions at targets, and the likelihood of runs. Questions built on them are in `decisions`."""
