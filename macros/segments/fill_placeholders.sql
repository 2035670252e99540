{#- The phrase or name of a condition with its bounds and categories filled in: the low one, the high one, or the one
    between two bounds where there is no side. -#}
{% macro fill_placeholders(conditions, kind) -%}
    replace(replace(replace(
        case {{ conditions }}.is_low_side
            when true then {{ conditions }}.low_{{ kind }}
            when false then {{ conditions }}.high_{{ kind }}
            else {{ conditions }}.mid_{{ kind }}
        end,
        '{threshold}', coalesce({{ conditions }}.threshold_text, '')
    ), '{low}', coalesce({{ conditions }}.low_text, '')
    ), '{categories}', {{ conditions }}.categories_text)
{%- endmacro %}
