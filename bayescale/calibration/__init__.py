"""Are posteriors right as often as they say, when the model is true? Simulation-based calibration of laws and mixing
laws."""
