"""A trained policy: the exported file, its evaluation, its card."""
