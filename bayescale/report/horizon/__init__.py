"""The report of time horizons: its content, tables and neutral names, and what a store records of them."""
