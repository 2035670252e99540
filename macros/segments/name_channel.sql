{#- Channel of a customer or cost as a key: `unknown` where nobody states one; a stated word that is a key of its own says so. -#}
{% macro name_channel(channel) -%}
    case
        when {{ channel }} in ('all', 'unallocated') then {{ channel }} || ' (as stated)'
        else coalesce(nullif({{ channel }}, ''), 'unknown')
    end
{%- endmacro %}
