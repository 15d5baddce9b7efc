"""A policy under its page: sliders, goals that were met, what is seen of it."""
