"""Suites, one module per place where data crosses a border."""
