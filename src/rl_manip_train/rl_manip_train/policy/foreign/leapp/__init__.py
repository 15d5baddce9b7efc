"""LEAPP bundles, which Isaac Lab exports: networks with a description of what goes in and out."""
