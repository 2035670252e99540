-- A failing row is something dated after the as-of day in a model that claims to know the past only: the build saw the
-- future, and what it learned from that will not hold. Looks at event times; does not catch a present value read as a
-- past one.
with dated as (

    select
        'int_opportunity__event' as model_name,
        max(changed_at) as newest_at,
    from {{ ref('int_opportunity__event') }}

    union all

    select
        'int_opportunity__activity' as model_name,
        max(greatest(known_at, cast(activity_on as timestamp))) as newest_at,
    from {{ ref('int_opportunity__activity') }}

    union all

    select
        'int_opportunity__stage_spell' as model_name,
        max(greatest(entered_at, left_at)) as newest_at,
    from {{ ref('int_opportunity__stage_spell') }}

    union all

    select
        'int_opportunity__owner_change' as model_name,
        max(changed_at) as newest_at,
    from {{ ref('int_opportunity__owner_change') }}

    union all

    select
        'int_opportunity__stakeholder' as model_name,
        max(joined_at) as newest_at,
    from {{ ref('int_opportunity__stakeholder') }}

    union all

    select
        'int_opportunity__field_change' as model_name,
        max(changed_at) as newest_at,
    from {{ ref('int_opportunity__field_change') }}
    where is_known

    union all

    select
        'int_opportunity__state' as model_name,
        max(greatest(created_at, closed_at, stage_entered_at)) as newest_at,
    from {{ ref('int_opportunity__state') }}

    union all

    select
        'int_opportunity__week' as model_name,
        cast(max(snapshot_on) as timestamp) as newest_at,
    from {{ ref('int_opportunity__week') }}

    union all

    select
        'int_revenue__subscription' as model_name,
        max(greatest(started_at, ended_at)) as newest_at,
    from {{ ref('int_revenue__subscription') }}

    union all

    select
        'int_cost__ticket_time' as model_name,
        max(worked_at) as newest_at,
    from {{ ref('int_cost__ticket_time') }}

    union all

    select
        'int_identity__ticket' as model_name,
        max(created_at) as newest_at,
    from {{ ref('int_identity__ticket') }}

    union all

    select
        'int_revenue__fx_rate' as model_name,
        cast(max(rate_on) as timestamp) as newest_at,
    from {{ ref('int_revenue__fx_rate') }}

    union all

    -- a month is complete when its last day is not after the as-of day
    select
        'fct_customer_month' as model_name,
        cast(max({{ add_months('month_on', 1) }}) - 1 as timestamp) as newest_at,
    from {{ ref('fct_customer_month') }}

)

select
    model_name,
    newest_at,
    {{ as_of_date() }} as as_of_date,
from dated
where newest_at >= {{ as_of_end() }}
