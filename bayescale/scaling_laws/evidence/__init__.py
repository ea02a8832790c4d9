"""What each law of the catalog rests on, one module a subject with the names of `catalog`. No formulas here."""
