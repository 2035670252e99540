{#- The part of a host name that a company registers: the last two labels, or three below a two-level suffix such as
    co.uk. Null for what is no domain (one label, an address in numbers, a bare suffix). `two_level_suffixes` is a
    subquery or CTE reference giving one column of such suffixes. Example: mail.acme.co.uk -> acme.co.uk. -#}
{% macro get_registrable_domain(host_expression, two_level_suffixes) -%}
    {%- set host = "rtrim(lower(trim(" ~ host_expression ~ ")), '.')" -%}
    nullif(
        case
            when regexp_full_match({{ host }}, '[0-9.]+') or not regexp_full_match({{ host }}, '[^.\s]+(\.[^.\s]+)+')
                then ''
            when regexp_extract({{ host }}, '[^.]+\.[^.]+$') in ({{ two_level_suffixes }})
                then regexp_extract({{ host }}, '[^.]+\.[^.]+\.[^.]+$')
            else regexp_extract({{ host }}, '[^.]+\.[^.]+$')
        end,
        ''
    )
{%- endmacro %}
