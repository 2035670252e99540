-- A failing row is a money column of a floating type: sums would depend on the order of threads, and two builds of one
-- date could differ. Goes by name: a money column that does not say so in its name is not seen. Rates, ratios and
-- probabilities may be floats.
-- depends_on: {{ ref('mart_weekly_play_list') }}
-- depends_on: {{ ref('suff_money_monthly') }}
-- depends_on: {{ ref('suff_expansion') }}
-- depends_on: {{ ref('suff_hazard_monthly') }}
-- depends_on: {{ ref('sample_mature_deal') }}
select
    table_schema,
    table_name,
    column_name,
    data_type,
from information_schema.columns
where
    table_catalog = current_database()
    and table_schema in ('intermediate', 'core', 'marts')
    and (
        regexp_full_match(
            column_name,
            '.*_(cents|minor|amount|cost)|(amount|arr|cac|expansion_value|entry_value|acceleration_value|concession_loss)'
            || '|roi_(expected_(mean|p05|p50|p95)|card_formula)|accelerate_roi_mean|lifecycle_value_mean'
        )
        and not column_name like '%per\_amount' escape '\'
    )
    and data_type not in ('TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'HUGEINT')
    and data_type not like 'DECIMAL%'
