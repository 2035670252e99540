-- One row per decided new-business deal and single sign of risk_indicator: its value as known at the close, the value that would
-- be the sign in its segment, and whether it is there. Values that nobody recorded, that cannot be, or that are the same for
-- every deal of the company are unknown.
with deals as (

    select * from {{ ref('fct_deal_outcome') }}

),

features as (

    select * from {{ ref('int_opportunity__segment_feature') }}

),

scope_changes as (

    select * from {{ ref('int_opportunity__scope_change') }}

),

indicators as (

    select * from {{ ref('risk_indicator') }}
    where kind = 'single'

),

limits as (

    select value as least_deals from {{ ref('risk_limit') }}
    where limit_key = 'least_deals_for_habits'

),

wide as (

    select
        deals.opportunity_id,
        features.customisation_requests,
        features.discount_pct,
        features.has_success_criteria,
        features.implementation_promises,
        cast(cast(scope_changes.is_scope_changed_late as integer) as double) as scope_changed_late,
        features.promised_onboarding_days,
    from deals
    left join features on deals.opportunity_id = features.opportunity_id
    left join scope_changes on deals.opportunity_id = scope_changes.opportunity_id

),

long as (

    unpivot wide
    on
    customisation_requests, discount_pct, has_success_criteria, implementation_promises, scope_changed_late,
    promised_onboarding_days
    into name signal value signal_value

),

checked as (

    select
        deals.opportunity_id,
        deals.segment_id,
        indicators.indicator,
        indicators.side,
        indicators.beyond_quarter,
        indicators.limit_value,
        indicators.share_of_median,
        case
            when long.signal_value between indicators.plausible_min and indicators.plausible_max then long.signal_value
        end as plausible_value,
        min(plausible_value) over (partition by indicators.indicator)
        < max(plausible_value) over (partition by indicators.indicator) as is_recorded,
    from deals
    cross join indicators
    left join long on deals.opportunity_id = long.opportunity_id and indicators.signal = long.signal

),

valued as (

    select
        *,
        -- a field that nobody ever fills in differently tells no two deals apart
        case when is_recorded then plausible_value end as sign_value,
    from checked

),

quarters as (

    select
        case grouping(segment_id) when 1 then 'all' else segment_id end as segment_id,
        indicator,
        count(sign_value) as n_known,
        quantile_disc(sign_value, 0.25) as lower_quarter,
        quantile_disc(sign_value, 0.5) as median_value,
        quantile_disc(sign_value, 0.75) as upper_quarter,
    from valued
    group by grouping sets ((segment_id, indicator), (indicator))  -- noqa: PRS

),

segments as (

    select distinct segment_id from deals

),

company as (

    select * from quarters
    where segment_id = 'all'

),

habits as (

    select
        segments.segment_id,
        company.indicator,
        coalesce(own.lower_quarter, company.lower_quarter) as lower_quarter,
        coalesce(own.median_value, company.median_value) as median_value,
        coalesce(own.upper_quarter, company.upper_quarter) as upper_quarter,
    from segments
    cross join limits
    cross join company
    left join quarters as own
        on
            segments.segment_id = own.segment_id
            and company.indicator = own.indicator
            and limits.least_deals <= own.n_known

),

judged as (

    select
        valued.*,
        case valued.beyond_quarter
            when 'upper' then valued.sign_value > habits.upper_quarter
            when 'lower' then valued.sign_value < habits.lower_quarter
            else valued.sign_value is not null
        end
        and case valued.side
            when 'at_least' then valued.sign_value >= coalesce(valued.limit_value, valued.sign_value)
            else
                valued.sign_value <= coalesce(valued.limit_value, valued.sign_value)
                and valued.sign_value <= coalesce(valued.share_of_median * habits.median_value, valued.sign_value)
        end as is_sign,
    from valued
    inner join habits on valued.segment_id = habits.segment_id and valued.indicator = habits.indicator

),

final as (

    select
        opportunity_id,
        indicator,
        segment_id,
        sign_value,
        -- the mildest value that was the sign in the segment
        case side
            when 'at_least' then min(case when is_sign then sign_value end) over (partition by segment_id, indicator)
            else max(case when is_sign then sign_value end) over (partition by segment_id, indicator)
        end as sign_from_value,
        coalesce(is_recorded, false) as is_recorded,
        case when sign_value is not null then is_sign end as is_present,
    from judged

)

select * from final
