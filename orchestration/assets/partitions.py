"""The partition of every asset that a run makes, the as-of date of the run; and the weeks that plays are issued for.

Belongs here: the definition and nothing else. Dates are added when they are asked for, since a company may be rebuilt
for any past day; Dagster then keeps the runs, numbers and checks of each date apart.
"""

import dagster as dg

AS_OF = dg.DynamicPartitionsDefinition(name="as_of")

# Mondays up to the one of this week; a week without a record was not issued.
DECISION_WEEK = dg.WeeklyPartitionsDefinition(start_date="2024-01-01", day_offset=1, end_offset=1)
