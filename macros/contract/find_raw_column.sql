{% macro find_raw_column(raw_columns, names) %}
    {#- The raw column that carries one of the names, or none. Case does not matter; an exact name wins over
        one that differs by underscores only, so CreatedDate meets created_date and Product2Id meets
        product_2_id. -#}
    {%- for name in names -%}
        {%- for raw_column in raw_columns if raw_column.name | lower == name | lower -%}
            {{ return(raw_column) }}
        {%- endfor -%}
    {%- endfor -%}
    {%- for name in names -%}
        {%- for raw_column in raw_columns
            if raw_column.name | lower | replace('_', '') == name | lower | replace('_', '') -%}
            {{ return(raw_column) }}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(none) }}
{% endmacro %}
