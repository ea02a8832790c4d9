"""What figures are made of: panels and their legends, labels of points, slices of grids, and the panels of a law."""
