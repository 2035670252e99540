-- One row per opportunity and numeric signal that is known: the signals of segments as rows, so that rules given as rows
-- can be joined to them.
with features as (

    select * from {{ ref('int_opportunity__segment_feature') }}

),

final as (

    unpivot (
        select * exclude (lead_source)
        from features
    ) on columns(* exclude (opportunity_id))
    into name feature value feature_value

)

select
    opportunity_id,
    feature,
    feature_value,
from final
