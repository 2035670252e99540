"""Pure, seeded inference: DataFrames in, DataFrames out; no files, no clock, no orchestration.

`posteriors.fit_posteriors` and `posteriors.fit_win` are the way in for the fits on counts and on opportunity
weeks, `segments.fit_segment_rules` for the segment tree. scikit-learn is imported inside the one function
    that needs it.
"""
