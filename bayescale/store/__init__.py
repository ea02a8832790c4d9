"""The only code that writes posteriors."""
