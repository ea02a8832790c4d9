"""A static site of all maintained models of a store: content by page, and the files."""
