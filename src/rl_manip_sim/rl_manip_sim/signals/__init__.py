"""What happens to commands and readings on their way: delay, noise, a camera."""
