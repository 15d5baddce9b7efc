"""What every node of the workspace shares: names of topics, parameters, waiting, and the end."""
