"""The node: topics and services on one side, the page on the other."""
