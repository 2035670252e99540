-- One row per stage name: whether it is closed or won, and how far along the open stages it lies. Where the stage
-- table is missing, what deals show of their stages stands in, ordered by average stated probability.
with stages as (

    select * from {{ ref('stg_salesforce__opportunity_stage') }}

),

opportunities as (

    select * from {{ ref('stg_salesforce__opportunity') }}

),

history as (

    select * from {{ ref('stg_salesforce__opportunity_history') }}

),

from_table as (

    select
        stage_name,
        min(sort_order) as sort_order,
        bool_or(is_closed) as is_closed,
        bool_or(is_won) as is_won,
        min(default_probability_rate) as default_probability_rate,
    from stages
    group by stage_name

    union all

    -- deals may carry the label instead of the api name
    select
        stage_label as stage_name,
        min(sort_order) as sort_order,
        bool_or(is_closed) as is_closed,
        bool_or(is_won) as is_won,
        min(default_probability_rate) as default_probability_rate,
    from stages
    where stage_label is not null and stage_label not in (select distinct s.stage_name from stages as s)
    group by stage_label

),

observed as (

    select
        stage_name,
        bool_and(is_closed) as is_closed,
        bool_and(is_won) as is_won,
        cast(sum(cast(probability_rate * 10000 as bigint)) // nullif(count(probability_rate), 0) as bigint)
            as probability_e4,
    from opportunities
    group by stage_name

    union all

    select
        stage_name,
        false as is_closed,
        false as is_won,
        cast(sum(cast(probability_rate * 10000 as bigint)) // nullif(count(probability_rate), 0) as bigint)
            as probability_e4,
    from history
    where stage_name not in (select o.stage_name from opportunities as o)
    group by stage_name

),

from_deals as (

    select
        stage_name,
        row_number() over (order by probability_e4 nulls first, stage_name) as sort_order,
        is_closed,
        is_won,
        cast(probability_e4 as decimal(9, 4)) * cast(0.0001 as decimal(5, 4)) as default_probability_rate,
    from observed
    where stage_name not in (select t.stage_name from from_table as t)

),

unioned as (

    select * from from_table
    union all
    select * from from_deals

),

positioned as (

    select
        *,
        dense_rank() over (partition by is_closed order by sort_order) - 1 as stage_rank,
    from unioned

),

final as (

    select
        stage_name,
        sort_order,
        is_closed,
        is_won,
        default_probability_rate,
        stage_rank,
        case
            when is_closed then 0
            else max(case when not is_closed then stage_rank end) over () - stage_rank + 1
        end as stages_left,
        case
            when is_closed then 1.0
            else cast(stage_rank as double) / greatest(max(case when not is_closed then stage_rank end) over (), 1)
        end as stage_position,
    from positioned

)

select * from final
