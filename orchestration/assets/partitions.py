"""The one partition of every asset: the as-of date of a run.

Belongs here: the definition and nothing else. Dates are added when they are asked for, since a company may be rebuilt
for any past day; Dagster then keeps the runs, numbers and checks of each date apart.
"""

import dagster as dg

AS_OF = dg.DynamicPartitionsDefinition(name="as_of")
