"""What varies from one simulated arm to the next: ranges, samples, how ranges widen."""
