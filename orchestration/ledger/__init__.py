"""The ledger of period closes: append-only, hashed records of what was reported and of every later correction."""
