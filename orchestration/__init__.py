"""Dagster wiring, command line and the pure libraries beneath them."""

import os

# The fits are many small solves. A linear-algebra library that spreads each over all cores keeps those cores spinning
# in wait: nearly three times the CPU seconds for no shorter wait. It reads these settings once, when it is first
# loaded, so they stand before any other import; who sets them outside is obeyed.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ.setdefault(_name, "1")
