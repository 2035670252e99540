-- One row per decided new-business deal: whether its scope grew in the last part of its time, told by the field history alone.
{%- set scope_keys = [] %}
{%- for signal_key in ['customisation_requests', 'implementation_promises', 'integration_count', 'services_amount'] %}
    {%- set column = (var('field_map') or {}).get(signal_key) %}
    {%- if column %}
        {%- do scope_keys.append(modules.re.sub('[^a-z0-9]', '', column.split('.')[-1] | lower)) %}
    {%- endif %}
{%- endfor %}
with deals as (

    select * from {{ ref('int_opportunity__state') }}
    where is_closed and deal_type = 'new_business'

),

limits as (

    select value as late_part from {{ ref('risk_limit') }}
    where limit_key = 'late_part_of_deal'

),

changes as (

    select
        opportunity_id,
        changed_at,
        -- a first entry is no change of what was agreed before
        coalesce(
            try_cast(new_value as decimal(28, 4)) > try_cast(old_value as decimal(28, 4)), false
        ) as is_rise,
    from {{ ref('int_opportunity__field_change') }}
    where is_known and field_key in ('{{ scope_keys | join("', '") }}')

),

-- what happened before the company kept this history, nobody knows
tracking as (

    select min(changed_at) as tracked_from_at
    from changes

),

rises as (

    select
        deals.opportunity_id,
        bool_or(
            {{ days_between('changes.changed_at', 'deals.closed_at') }}
            <= limits.late_part * {{ days_between('deals.created_at', 'deals.closed_at') }}
        ) as is_late,
    from deals
    inner join changes on deals.opportunity_id = changes.opportunity_id and deals.closed_at >= changes.changed_at
    cross join limits
    where changes.is_rise
    group by deals.opportunity_id

),

final as (

    select
        deals.opportunity_id,
        case
            -- without a stated creation there is no last part
            when deals.created_basis != 'stated' then null
            when rises.is_late then true
            when deals.created_at >= tracking.tracked_from_at then false
        end as is_scope_changed_late,
    from deals
    cross join tracking
    left join rises on deals.opportunity_id = rises.opportunity_id

)

select * from final
