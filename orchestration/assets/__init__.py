"""Thin Dagster assets: each reads, calls a pure function, writes. No rule of the domain lives here."""
