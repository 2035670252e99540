-- One row per clause of a segment rule: the typed gate through which Python's numbers enter the warehouse.
with source as (

    select * from {{ source('predictions', 'segment_rule') }}

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
        cast(churn_shrinkage as double) as churn_shrinkage,
        cast(churn_shrinkage_se as double) as churn_shrinkage_se,
        cast(n_first_year_months as double) as n_first_year_months,
        cast(valid_from_on as date) as valid_from_on,
        cast(frozen_on as date) as frozen_on,
        cast(model_version as varchar) as model_version,
        cast(as_of_date as date) as as_of_date,
    from source

)

select * from final
