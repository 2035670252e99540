{#- The outcomes of list_deal_outcomes and what was promised or asked against what came, in the same form; `known` says which rows
    count, mature ones where it is not there. -#}
{% macro list_acquisition_outcomes() -%}
    {%- set outcomes = {} %}
    {%- do outcomes.update(list_deal_outcomes()) %}
    {%- do outcomes.update({
        'promise_kept_rate': {
            'kind': 'share', 'event': 'is_promise_kept', 'better': 'higher',
            'numerator': 'n_promise_kept', 'denominator': 'n_promise_known', 'n': 'n_promise_known',
        },
        'started_per_asked_arr': {
            'kind': 'ratio', 'stem': 'asked', 'y': 'starting_arr_cents', 'x': 'asked_arr_cents', 'better': 'higher', 'least': 0,
            'numerator': 'started_arr_cents', 'denominator': 'asked_arr_cents', 'n': 'n_asked', 'known': 'true',
        },
    }) %}
    {{ return(outcomes) }}
{%- endmacro %}
