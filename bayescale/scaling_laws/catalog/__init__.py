"""The laws that are shipped, one module a subject. What all laws share is in `scaling_laws`."""
