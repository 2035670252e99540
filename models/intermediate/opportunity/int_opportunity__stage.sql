-- One row per stage name: whether it is closed or won, and how far along the open stages it lies. Where the stage table
-- does not have a stage, what deals show of it stands in, ordered by average stated probability. What a stage means is read
-- as of today: it is a word of the company, not a fact about a deal.
with stages as (

    select * from {{ ref('stg_salesforce__opportunity_stage') }}

),

present_rows as (

    select * from {{ ref('int_opportunity__present_row') }}

),

history as (

    select * from {{ ref('int_opportunity__event_history') }}

),

from_table as (

    select
        stage_name,
        min(sort_order) as sort_order,
        bool_or(is_active) as is_active,
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
        bool_or(is_active) as is_active,
        bool_or(is_closed) as is_closed,
        bool_or(is_won) as is_won,
        min(default_probability_rate) as default_probability_rate,
    from stages
    where stage_label is not null and stage_label not in (select distinct s.stage_name from stages as s)
    group by stage_label

),

from_rows as (

    select
        stage_name,
        bool_and(is_closed) as is_closed,
        bool_and(is_won) as is_won,
        {{ mean_probability_e4("is_row_current") }} as current_probability_e4,
        {{ mean_probability_e4("true") }} as probability_e4,
    from present_rows
    where stage_name is not null
    group by stage_name

),

from_history as (

    select
        stage_name,
        {{ mean_probability_e4("true") }} as probability_e4,
    from history
    where stage_name is not null
    group by stage_name

),

-- a name that only history knows was given up; where every deal that ended on it is closed today, it meant closed
last_names as (

    select
        history.opportunity_id,
        arg_max(history.stage_name, (history.changed_at, history.event_id)) as stage_name,
    from history
    group by history.opportunity_id

),

given_up as (

    select
        last_names.stage_name,
        bool_and(present_rows.is_closed) as is_closed,
        bool_and(present_rows.is_won) as is_won,
    from last_names
    inner join present_rows on last_names.opportunity_id = present_rows.opportunity_id
    where present_rows.is_row_current
    group by last_names.stage_name

),

observed as (

    select
        coalesce(from_rows.stage_name, from_history.stage_name) as stage_name,
        from_rows.stage_name is not null as is_active,
        coalesce(from_rows.is_closed, given_up.is_closed, false) as is_closed,
        coalesce(from_rows.is_won, given_up.is_closed and given_up.is_won, false) as is_won,
        coalesce(
            from_history.probability_e4, from_rows.current_probability_e4, from_rows.probability_e4
        ) as probability_e4,
    from from_rows
    full join from_history on from_rows.stage_name = from_history.stage_name
    left join given_up on from_history.stage_name = given_up.stage_name

),

from_deals as (

    select
        stage_name,
        row_number() over (order by probability_e4 nulls first, stage_name) as sort_order,
        is_active,
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

-- a retired stage keeps its place for the deals that passed it, and is not ahead of anyone
active_ranks as (

    select distinct stage_rank
    from positioned
    where not is_closed and coalesce(is_active, true)

),

ranks_ahead as (

    select
        positioned.stage_name,
        count(active_ranks.stage_rank) as stages_ahead,
    from positioned
    left join active_ranks on not positioned.is_closed and positioned.stage_rank < active_ranks.stage_rank
    group by positioned.stage_name

),

final as (

    select
        positioned.stage_name,
        positioned.sort_order,
        positioned.is_closed,
        positioned.is_won,
        positioned.default_probability_rate,
        positioned.stage_rank,
        case when positioned.is_closed then 0 else ranks_ahead.stages_ahead + 1 end as stages_left,
        case
            when positioned.is_closed then 1.0
            else
                cast(positioned.stage_rank as double)
                / greatest(max(case when not positioned.is_closed then positioned.stage_rank end) over (), 1)
        end as stage_position,
    from positioned
    inner join ranks_ahead on positioned.stage_name = ranks_ahead.stage_name

)

select * from final
