"""Callbacks for trainers: the probability that a run under way reaches a loss, updated at every evaluation."""
