{% macro scope_id_list(expression) -%}
    {#- JSON text with the list of ids that a text holds in any notation ([1, 2], ["1", "2"], 1,2), each as
        scope_id gives it; null when it holds none. -#}
    {{ return(adapter.dispatch('scope_id_list')(expression)) }}
{%- endmacro %}

{% macro default__scope_id_list(expression) -%}
    case
            when len(regexp_extract_all({{ expression }}, '[0-9]+')) > 0
                then cast(
                    to_json(
                        list_transform(
                            regexp_extract_all({{ expression }}, '[0-9]+'),
                            lambda listed_id: {{ scope_id('listed_id') }}
                        )
                    ) as varchar
                )
        end
{%- endmacro %}
