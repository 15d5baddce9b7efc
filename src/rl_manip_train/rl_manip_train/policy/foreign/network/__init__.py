"""The network itself: its file as ONNX, its tensors by name, and its place in a graph of ours."""
