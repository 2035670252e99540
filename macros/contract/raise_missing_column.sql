{% macro raise_missing_column(label, column_name) %}
    {#- Stops the build because a column of contract level K is not in the raw table. -#}
    {{ exceptions.raise_compiler_error(
        'Raw table ' ~ label ~ ' lacks the column ' ~ column_name ~ ', which every row must carry. '
        ~ 'Next step: add ' ~ column_name ~ ' to the export of ' ~ label
        ~ '; `segments contract check` lists everything that is missing.'
    ) }}
{% endmacro %}
