"""Figures of families that are compared as wholes."""
