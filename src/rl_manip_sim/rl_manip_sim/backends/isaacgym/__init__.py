"""Isaac Gym Preview 4: PhysX on an NVIDIA GPU."""
