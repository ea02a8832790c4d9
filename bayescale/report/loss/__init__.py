"""The report of a forecast: sections, figures, neutral names."""
