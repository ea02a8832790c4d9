"""Families compared as wholes: their asymptotes and efficiencies, and from which scale on one is ahead of another."""
