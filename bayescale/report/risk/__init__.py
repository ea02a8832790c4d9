"""The report of a risk posterior for a safety reviewer: claims, tables, support, audit record, neutral names."""
