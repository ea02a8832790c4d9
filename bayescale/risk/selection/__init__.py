"""How one answer is chosen among samples: votes, verifiers, reward models."""
