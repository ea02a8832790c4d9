"""Checks of a posterior, one module a subject, and their registry. Checks neither print nor raise."""
