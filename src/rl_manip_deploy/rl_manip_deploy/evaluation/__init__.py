"""Goals driven to one after another: which were met, and evaluation.json."""
