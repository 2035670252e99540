"""Dagster asset checks: they carry results of checks defined elsewhere and gate; they own no rule."""
