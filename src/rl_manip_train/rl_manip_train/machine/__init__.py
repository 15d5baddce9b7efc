"""The computers that train: their processes, and the device of the tensors."""
