"""Tables of priors, and the files that hold them; the .toml files here are shipped."""
