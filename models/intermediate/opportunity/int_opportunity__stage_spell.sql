-- One row per opportunity and uninterrupted stay in a stage that began by the as-of day.
with events as (

    select * from {{ ref('int_opportunity__event') }}
    where stage_name is not null

),

compared as (

    select
        *,
        lag(stage_name) over (partition by opportunity_id order by change_order) as previous_stage_name,
    from events

),

entries as (

    select * from compared
    where stage_name is distinct from previous_stage_name

),

spells as (

    select
        opportunity_id,
        row_number() over deal as spell_order,
        stage_name,
        is_closed,
        is_won,
        changed_at as entered_at,
        lead(changed_at) over deal as left_at,
        is_complete or row_number() over deal > 1 as is_entry_known,
    from entries
    window deal as (partition by opportunity_id order by change_order)

),

final as (

    select
        opportunity_id,
        spell_order,
        stage_name,
        is_closed,
        is_won,
        entered_at,
        left_at,
        is_entry_known,
        case
            when is_entry_known
                then {{ days_between('entered_at', "coalesce(left_at, cast(" ~ as_of_date() ~ " as timestamp))") }}
        end as days,
    from spells

)

select * from final
