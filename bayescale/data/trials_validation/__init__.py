"""What makes a table of trials unusable or odd, and how its problems are grouped. Reading is in `data/trials.py`."""
