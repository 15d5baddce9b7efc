"""What is inside the exported file: kinematics and action models in torch."""
