{% macro parse_timestamp(expression, kind, label) %}
    {#- UTC timestamp without zone of a raw value: timestamps, zoned timestamps, dates, ISO text with or
        without zone (without means UTC), and Unix epochs in seconds, milliseconds or microseconds, as
        number or as text. -#}
    {%- if kind == 'timestamptz' -%}
        {{ expression }} at time zone 'UTC'
    {%- elif kind in ('timestamp', 'date') -%}
        cast({{ expression }} as timestamp)
    {%- elif kind in ('integer', 'decimal', 'float') -%}
        {{ convert_epoch(expression) }}
    {%- else -%}
        {%- set text = get_trimmed_text(expression) -%}
        {%- set zoned = ':[0-9]{2}([.][0-9]+)? ?(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?)$' -%}
        {%- set reading -%}
            case
                    when regexp_full_match({{ text }}, '-?[0-9]{9,17}([.][0-9]+)?')
                        then {{ convert_epoch('try_cast(' ~ text ~ ' as double)') }}
                    when regexp_matches({{ text }}, '{{ zoned }}')
                        then try_cast({{ text }} as timestamp with time zone) at time zone 'UTC'
                    else try_cast({{ text }} as timestamp)
                end
        {%- endset -%}
        {{ require_reading(text, reading, 'ts', label) }}
    {%- endif -%}
{% endmacro %}
