"""Sources behind a service or a format of one: SQL, MLflow, W&B, TensorBoard, and HTTP with one deadline."""
