-- A failing row is a model whose table would not be called what its readers know.
{% set examples = [
    ({'name': 'mart_x', 'version': 1, 'latest_version': 1}, none, 'mart_x'),
    ({'name': 'mart_x', 'version': 1, 'latest_version': 2}, none, 'mart_x_v1'),
    ({'name': 'fct_x', 'version': none, 'latest_version': none}, none, 'fct_x'),
    ({'name': 'mart_x', 'version': 1, 'latest_version': 2}, 'kept', 'kept'),
] -%}
with given as (

    {% for node, alias, expected in examples -%}
        select
            '{{ expected }}' as expected,
            '{{ generate_alias_name(alias, node) | trim }}' as actual,
        {{ 'union all' if not loop.last }}
    {% endfor %}

)

select * from given
where actual != expected
