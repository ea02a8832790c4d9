"""Repairs of a store: indices from their copies, the list of models, histories from readable commits."""
