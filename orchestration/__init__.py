"""Dagster wiring, command line and the pure libraries beneath them."""
