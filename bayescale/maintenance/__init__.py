"""What runs on a schedule: specs, re-fits, publication, forecast scores, alerts. A terminal is in `cli`."""
