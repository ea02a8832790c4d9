"""Versions of posteriors in a folder or bucket: published whole or not at all. Nothing is computed here."""
