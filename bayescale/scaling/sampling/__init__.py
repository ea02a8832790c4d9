"""From a model to draws: compilation, preconditioner, NUTS, retries, progress. No answer is computed here."""
