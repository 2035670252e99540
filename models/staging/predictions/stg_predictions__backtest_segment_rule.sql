-- One row per scored origin and clause of a segment's rule as learned by then: the typed gate through which Python's rules
-- enter the warehouse.
with source as (

    select * from {{ source('predictions', 'backtest_segment_rule') }}

),

final as (

    select
        cast(origin_on as date) as origin_on,
        cast(segment_version as varchar) as segment_version,
        cast(rule_order as integer) as rule_order,
        cast(segment_id as varchar) as segment_id,
        cast(clause_order as integer) as clause_order,
        cast(feature as varchar) as feature,
        cast(operator as varchar) as operator,
        cast(threshold as double) as threshold,
        cast(missing_value as double) as missing_value,
        cast(n_deals as bigint) as n_deals,
        cast(model_version as varchar) as model_version,
        cast(as_of_date as date) as as_of_date,
    from source

)

select * from final
