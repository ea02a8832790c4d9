"""Sampling of the posterior: exploration of mixing laws, pooling of groups, averaging of laws. No forecasts."""
