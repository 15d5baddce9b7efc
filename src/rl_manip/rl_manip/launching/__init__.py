"""What the launch files share: their arguments, the processes they start, and how they end."""
