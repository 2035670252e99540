{#- Events that a deal's two weeks tell, `this_week` against `last_week`, with the limits of the seed hard_event as
    `limits`: event key -> condition. What the deal desk decides comes from its requests and not from here. -#}
{% macro list_deal_changes() -%}
{{ return({
    'stage_forward': 'this_week.stage_position > last_week.stage_position',
    'stage_back': 'this_week.stage_position < last_week.stage_position',
    'owner_changed': 'this_week.owner_user_id != last_week.owner_user_id',
    'amount_changed':
        'this_week.arr_amount != last_week.arr_amount'
        ~ ' and abs(this_week.arr_amount - last_week.arr_amount) >= limits.amount_changed * abs(last_week.arr_amount)',
    'close_date_moved':
        'abs(' ~ days_between('last_week.close_on', 'this_week.close_on') ~ ') >= limits.close_date_moved',
    'discount_over_policy': 'this_week.is_over_policy and not last_week.is_over_policy',
    'competitor_named': 'this_week.has_competitor and not last_week.has_competitor',
    'review_started': 'this_week.has_review and not last_week.has_review',
}) }}
{%- endmacro %}
