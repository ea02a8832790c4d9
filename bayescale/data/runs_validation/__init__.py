"""What makes a table of runs unusable or odd: units, comparability, repeats, identity. Reading is in `data/runs.py`."""
