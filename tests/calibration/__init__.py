"""An independent referee of the posteriors: companies with known truth, and what the published numbers must show."""
