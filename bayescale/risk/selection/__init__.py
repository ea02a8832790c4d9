"""Selection of an answer among samples: votes, verifiers, reward models. No posterior is needed."""
