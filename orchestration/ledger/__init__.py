"""The ledger: append-only, hashed records of closed months, of later corrections, and of the plays of each week."""
