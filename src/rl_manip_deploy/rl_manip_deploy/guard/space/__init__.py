"""What must not touch what: the arm's solids, its hand and load, the floor and the user's zones."""
