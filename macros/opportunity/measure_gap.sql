{#- How far an amount lies from a reference, in millionths of the reference; null unless the reference is positive.
    Both are major units of one currency, two decimals count. -#}
{% macro measure_gap(amount, reference) -%}
    {%- set amount_e2 = 'cast(cast((' ~ amount ~ ') as decimal(36, 2)) * 100 as hugeint)' -%}
    {%- set reference_e2 = 'cast(cast((' ~ reference ~ ') as decimal(36, 2)) * 100 as hugeint)' -%}
    case
        when {{ reference }} > 0
            then {{ round_ratio(
                '(abs(' ~ amount_e2 ~ ' - ' ~ reference_e2 ~ ') * 1000000)', 'nullif(greatest(' ~ reference_e2 ~ ', 0), 0)'
            ) }}
    end
{%- endmacro %}
