"""What reports say: content by subject. How it is written is in `report/render`."""
