-- One row per version and clause of a segment rule, every version that ever was in force: the typed gate through which Python's numbers enter the warehouse.
with source as (

    select * from {{ source('predictions', 'segment_rule_version') }}

),

final as (

    select
        cast(segment_version as varchar) as segment_version,
        cast(rule_order as integer) as rule_order,
        cast(segment_id as varchar) as segment_id,
        cast(clause_order as integer) as clause_order,
        cast(feature as varchar) as feature,
        cast(operator as varchar) as operator,
        cast(threshold as double) as threshold,
        cast(categories as varchar) as categories,
        cast(missing_value as double) as missing_value,
        cast(threshold_se as double) as threshold_se,
        cast(missing_share as double) as missing_share,
        cast(n_deals as bigint) as n_deals,
        cast(valid_from_on as date) as valid_from_on,
        cast(model_version as varchar) as model_version,
        cast(as_of_date as date) as as_of_date,
    from source

)

select * from final
