"""What the policy node is made of: the policy that it follows, its ports, and what it reports."""
