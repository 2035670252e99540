-- One row per segment, outcome, half (faster or slower than half of the segment's own won deals), discount band and pricing
-- band that has a deal whose outcome is known: counts and sums over those deals. From these follows whether faster deals of
-- a segment turn out otherwise than its slower ones, with or without discount and price held fixed.
{%- set outcomes = list_deal_outcomes() %}
with deals as (

    select * from {{ ref('fct_deal_outcome') }}
    where is_mature_12m

),

paces as (

    select * from {{ ref('fct_deal_velocity') }}
    where pace_half is not null

),

-- an event is 1 of 1; money is some of some
measured as (
    {% for name, outcome in outcomes.items() %}
        select
            opportunity_id,
            '{{ name }}' as outcome,
            {%- if outcome.kind == 'share' %}
                cast(cast({{ outcome.event }} as integer) as hugeint) as y,
                cast(1 as hugeint) as x,
            {%- else %}
                cast({{ outcome.y }} as hugeint) as y,
                cast({{ outcome.x }} as hugeint) as x,
            {%- endif %}
        from deals
        {%- if outcome.kind == 'share' %}
            where {{ outcome.event }} is not null
        {%- else %}
            where {{ outcome.x }} > 0 and {{ outcome.y }} is not null
        {%- endif %}
        {{ 'union all' if not loop.last }}
    {%- endfor %}

),

final as (

    select
        paces.segment_id,
        measured.outcome,
        paces.pace_half,
        paces.discount_band,
        paces.pricing_band,
        count(*) as n,
        sum(measured.y) as y,
        sum(measured.x) as x,
        sum(measured.y * measured.y) as yy,
        sum(measured.x * measured.y) as xy,
        sum(measured.x * measured.x) as xx,
    from measured
    inner join paces on measured.opportunity_id = paces.opportunity_id
    group by paces.segment_id, measured.outcome, paces.pace_half, paces.discount_band, paces.pricing_band

)

select * from final
