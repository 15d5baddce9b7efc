"""The sim-to-real gap in numbers: reading bags, metrics, replay, identification, report."""
