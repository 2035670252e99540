{#- Exponentially weighted running average within a run, without recursion: w x + (1 - w) times the average before, the
    first value standing for itself. `position` counts the rows of the run from 0 and must have no holes. Four decimals,
    so that the order of a sum cannot be seen. A run longer than some hundred rows would leave the range of a double. -#}
{% macro smooth_exponentially(value, weight, position, partition, order_by) -%}
    round(
        case
            when {{ weight }} = 1 then {{ value }}
            else
                power(1 - {{ weight }}, {{ position }}) * sum(
                    {{ value }}
                    * case when {{ position }} = 0 then 1 else {{ weight }} end
                    * power(1 - {{ weight }}, -{{ position }})
                ) over (
                    partition by {{ partition | join(', ') }}
                    order by {{ order_by }}
                    rows between unbounded preceding and current row
                )
        end, 4
    )
{%- endmacro %}
