"""Drawings of the pages, each an SVG."""
