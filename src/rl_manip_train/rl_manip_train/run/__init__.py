"""One training run from its settings to policy.onnx."""
