-- A failing row is a contradiction in the seeds of the play policy: a rule whose threshold does not exist or is not in
-- force on the as-of day (the rule would never fire and every deal would be sped up), or limits that overlap or leave a
-- gap. Does not claim that the limits are wise.
with rules as (

    select * from {{ ref('play_rule') }}

),

in_force as (

    select
        threshold_key,
        arg_max(value, valid_from) as value,
    from {{ ref('play_threshold') }}
    where valid_from <= {{ as_of_date() }}
    group by threshold_key

),

-- plays with hours for the early, the middle and the late stages
efforts as (

    select play from {{ ref('play_effort') }}
    group by play
    having count(*) = 3

),

limits as (

    select
        max(value) filter (where threshold_key = 'motion_active_min') as motion_active_min,
        max(value) filter (where threshold_key = 'motion_high_min') as motion_high_min,
        max(value) filter (where threshold_key = 'p_negative_accelerate_max') as p_negative_accelerate_max,
        max(value) filter (where threshold_key = 'p_negative_protect_max') as p_negative_protect_max,
    from in_force

)

select
    rules.rule_id as subject,
    'its threshold ' || rules.threshold_key || ' does not exist or is not in force' as contradiction,
from rules
left join in_force on rules.threshold_key = in_force.threshold_key
where rules.threshold_key is not null and in_force.value is null

union all

select
    play as subject,
    'no rule leads to this play, or no hours are stated for it' as contradiction,
from (select unnest(['Accelerate', 'Protect', 'Park']) as play) as plays
where
    play not in (select rules.play from rules)
    or play not in (select efforts.play from efforts)

union all

select
    'motion' as subject,
    'motion_active_min must lie below motion_high_min' as contradiction,
from limits
where not coalesce(motion_active_min < motion_high_min, false)

union all

select
    'p_negative' as subject,
    'p_negative_accelerate_max must not exceed p_negative_protect_max' as contradiction,
from limits
where not coalesce(p_negative_accelerate_max <= p_negative_protect_max, false)

union all

select
    threshold_key as subject,
    'outside the range of its unit' as contradiction,
from in_force
where
    not coalesce(value >= 0, false)
    or (threshold_key like 'p\_%' escape '\' and value > 1)
    or (threshold_key in ('motion_active_min', 'motion_high_min', 'risk_manageable_max', 'profitability_min') and value > 100)

union all

select
    dimension as subject,
    'two components of one name, no weight, or one anchor for 0 and 100' as contradiction,
from {{ ref('score_component') }}
group by dimension
having count(distinct component) != count(*) or bool_or(weight <= 0) or bool_or(value_at_0 = value_at_100)
