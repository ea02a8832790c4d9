"""Functions of measurements and schedules that accompany the laws. Nothing here can be fitted."""
