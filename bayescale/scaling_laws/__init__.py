"""What a law is: expression, parameters, priors, source; the catalog and laws from files. Nothing is fitted here."""
