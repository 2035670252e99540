"""Great Expectations: suites for raw, their DuckDB source and a runner in a process of its own."""
