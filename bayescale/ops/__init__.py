"""What runs on a schedule: specs of maintained models, re-fits, what was forecast and how it fared, alerts."""
