"""Laws fitted to runs: model, sampling, prediction, checks, decisions, evaluation. Repeated sampling is in `risk`."""
