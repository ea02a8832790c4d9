"""Which rows of a large table are fitted, and what those that are left out would add."""
