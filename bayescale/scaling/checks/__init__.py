"""Checks of a posterior of losses, one module a subject, and their registry. A check neither prints nor raises."""
