"""Formulas as text: parsing, evaluation, LaTeX, and the implicit functions they may call. No law, no prior."""
