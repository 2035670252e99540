-- One row per play, segment (`all` and `unassigned` among them) and quarter: what has become of the deals that had the play in
-- their first advised week of the quarter, and how those compare that were followed, overridden, left without an answer, drawn
-- by lot (randomised) or passed over by it (not_drawn). Shares of wins are told once enough of the deals are decided. They
-- compare, they do not prove: sellers follow advice they believe in. Only drawn beside not_drawn is free of that: the first lot
-- of the quarter in which a deal took part decides. Nothing may be summed over quarters or over `all`.
{%- set groups = {
    'followed': "response = 'followed'",
    'overridden': "response = 'overridden'",
    'no_reply': "response = 'none'",
    'randomised': "first_lot = 'drawn'",
    'not_drawn': "first_lot = 'not_drawn'",
} %}
with deals as (

    select * from {{ ref('fct_play_quarter') }}

),

limits as (

    {{ pick_limits(ref('outcome_limit'), ['least_decided_share']) }}

),

counted as (

    select
        play,
        case grouping(segment_id) when 1 then 'all' else segment_id end as segment_id,
        quarter_on,
        count(*) as n_deals,
        count(*) filter (where outcome = 'won') as n_won,
        count(*) filter (where outcome = 'lost') as n_lost,
        count(*) filter (where outcome = 'open') as n_open,
        count(*) filter (where advice_basis = 'issued') as n_issued,
        count(*) filter (where response = 'other') as n_other_reply,
        {%- for group, condition in groups.items() %}
            count(*) filter (where {{ condition }}) as n_{{ group }},
            count(*) filter (where {{ condition }} and outcome = 'won') as n_{{ group }}_won,
            count(*) filter (where {{ condition }} and outcome = 'lost') as n_{{ group }}_lost,
        {%- endfor %}
        sum(hours_advised) as hours_advised,
        sum(hours_spent) as hours_spent,
        sum(won_arr_amount) as won_arr_amount,
        count(*) filter (where is_mature_12m) as n_mature_12m,
        count(contribution_12m_cents) as n_contribution_known,
        sum(contribution_12m_cents) as contribution_12m_cents,
    from deals
    group by grouping sets ((play, segment_id, quarter_on), (play, quarter_on))  -- noqa

),

reason_counts as (

    select
        play,
        case grouping(segment_id) when 1 then 'all' else segment_id end as segment_id,
        quarter_on,
        override_reason,
        count(*) as n_deals,
    from deals
    where override_reason is not null
    group by grouping sets ((play, segment_id, quarter_on, override_reason), (play, quarter_on, override_reason))  -- noqa

),

reasons as (

    select
        play,
        segment_id,
        quarter_on,
        array_to_string(
            list(override_reason || ' ' || n_deals order by n_deals desc, override_reason asc)[:3], ', '
        ) as override_reasons,
    from reason_counts
    group by play, segment_id, quarter_on

),

judged as (

    select
        counted.*,
        counted.n_won + counted.n_lost >= limits.least_decided_share * counted.n_deals as is_mature,
        {%- for group in groups %}
            counted.n_{{ group }} > 0
            and counted.n_{{ group }}_won + counted.n_{{ group }}_lost >= limits.least_decided_share * counted.n_{{ group }}
                as is_{{ group }}_mature,
        {%- endfor %}
    from counted
    cross join limits

),

final as (

    select
        judged.play,
        judged.segment_id,
        judged.quarter_on,
        {{ as_of_date() }} as as_of_date,
        n_deals,
        n_issued,
        n_won,
        n_lost,
        n_open,
        is_mature,
        cast(case when is_mature then cast(n_won as double) / nullif(n_won + n_lost, 0) end as decimal(9, 6)) as share_won,
        cast(case when is_mature then {{ bound_share('n_won', '(n_won + n_lost)', -1) }} end as decimal(9, 6)) as share_won_p05,
        cast(case when is_mature then {{ bound_share('n_won', '(n_won + n_lost)', 1) }} end as decimal(9, 6)) as share_won_p95,
        {{ flag_low_support('n_won + n_lost') }} as is_low_support,
        cast(hours_advised as decimal(18, 2)) as hours_advised,
        cast(hours_spent as decimal(18, 4)) as hours_spent,
        cast(won_arr_amount as decimal(18, 2)) as won_arr_amount,
        n_mature_12m,
        n_contribution_known,
        cast(cast(contribution_12m_cents as decimal(20, 2)) * 0.01 as decimal(18, 2)) as contribution_12m_amount,
        n_other_reply,
        reasons.override_reasons,
        {%- for group in groups %}
            n_{{ group }},
            n_{{ group }}_won,
            n_{{ group }}_lost,
            {%- set won, decided = 'n_' ~ group ~ '_won', '(n_' ~ group ~ '_won + n_' ~ group ~ '_lost)' %}
            cast(
                case when is_{{ group }}_mature then cast({{ won }} as double) / nullif({{ decided }}, 0) end as decimal(9, 6)
            ) as share_won_{{ group }},
            cast(case when is_{{ group }}_mature then {{ bound_share(won, decided, -1) }} end as decimal(9, 6))
                as share_won_{{ group }}_p05,
            cast(case when is_{{ group }}_mature then {{ bound_share(won, decided, 1) }} end as decimal(9, 6))
                as share_won_{{ group }}_p95,
        {%- endfor %}
    from judged
    left join reasons
        on
            judged.play = reasons.play
            and judged.segment_id = reasons.segment_id
            and judged.quarter_on = reasons.quarter_on

)

select * from final
