"""What the page says: text made of what is known."""
