"""Specs of maintained models: what they may say, how their files are read, and a template."""
