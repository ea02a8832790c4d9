"""Questions asked of a risk posterior: levels, the next attempts, mixtures, policies, saturation."""
