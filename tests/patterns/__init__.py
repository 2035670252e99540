"""Do the patterns of the segment marts tell the truth? Made-up companies whose every chance is known."""
