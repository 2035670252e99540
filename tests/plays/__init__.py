"""Do the plays earn more than simpler ways to spend the same hours? Made-up companies whose every chance is known."""
