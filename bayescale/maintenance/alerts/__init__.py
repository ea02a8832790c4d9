"""Alerts of maintained models: what a service receives, how it is delivered, and what is pending."""
