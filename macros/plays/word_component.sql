{#- A component of a score in words: the phrase with the value in its place as a person reads it. Parts of one in per cent, counts
    whole, and one of anything in the singular. Null where the value is unknown. -#}
{% macro word_component(phrase, unit, value) -%}
regexp_replace(
    replace(
        {{ phrase }},
        '{value}',
        case
            when {{ unit }} = 'probability' and {{ value }} > 0.99 then 'over 99 %'
            when {{ unit }} = 'probability' and {{ value }} < 0.01 then 'under 1 %'
            when {{ unit }} in ('probability', 'share', 'per ARR') then format('{:.0f} %', 100 * {{ value }})
            when {{ unit }} in ('active days per week', 'per kind of demand') then format('{:.1f}', abs({{ value }}))
            when {{ value }} = 0 and {{ unit }} not in ('days', 'percent') then 'no'
            else format('{:.0f}', {{ value }})
        end
    ),
    '(^| )1 ([a-z]+)s( |$)', '\11 \2\3'
)
{%- endmacro %}
