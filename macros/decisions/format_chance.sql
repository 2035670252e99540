{#- A chance as a sentence has it. Draws never show what is certain, so the ends read `under 1 %` and `over 99 %`. -#}
{% macro format_chance(share) -%}
    case
        when {{ share }} is null then 'unknown'
        when {{ share }} < 0.01 then 'under 1 %'
        when {{ share }} > 0.99 then 'over 99 %'
        -- rounded down, so that no chance reads as equal to the threshold it misses
        else format('{:.0f} %', floor(100 * {{ share }} + 0.000000001))
    end
{%- endmacro %}
