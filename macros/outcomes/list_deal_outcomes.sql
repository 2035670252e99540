{#- What can become of a won deal in twelve months: name of the rate -> how it is counted. A share is events over deals; a ratio is a
    sum of `y` over a sum of `x` (columns of fct_deal_outcome), both known and `x` positive, over `n` deals, with sums of
    squares named by `stem`; `least` and `most` are ends that it cannot pass. `better` says which direction is good for the company. -#}
{% macro list_deal_outcomes() -%}
    {{ return({
        'churn_12m_rate': {
            'kind': 'share', 'event': 'has_churned_12m', 'better': 'lower',
            'numerator': 'n_churned_12m', 'denominator': 'n_mature_12m', 'n': 'n_mature_12m',
        },
        'expansion_12m_rate': {
            'kind': 'share', 'event': 'has_expanded_12m', 'better': 'higher',
            'numerator': 'n_expanded_12m', 'denominator': 'n_mature_12m', 'n': 'n_mature_12m',
        },
        'value_180d_rate': {
            'kind': 'share', 'event': 'has_reached_value_180d', 'better': 'higher',
            'numerator': 'n_reached_value_180d', 'denominator': 'n_value_known_180d', 'n': 'n_value_known_180d',
        },
        'options_open_12m_rate': {
            'kind': 'share', 'event': 'has_options_open_12m', 'better': 'higher',
            'numerator': 'n_options_open_12m', 'denominator': 'n_options_known_12m', 'n': 'n_options_known_12m',
        },
        'grr_12m': {
            'kind': 'ratio', 'stem': 'grr', 'y': 'retained_arr_12m_cents', 'x': 'starting_arr_cents', 'better': 'higher',
            'least': 0, 'most': 1, 'numerator': 'retained_arr_12m_cents', 'denominator': 'known_arr_12m_cents', 'n': 'n_arr_12m',
        },
        'nrr_12m': {
            'kind': 'ratio', 'stem': 'nrr', 'y': 'ending_arr_12m_cents', 'x': 'starting_arr_cents', 'better': 'higher',
            'least': 0, 'numerator': 'ending_arr_12m_cents', 'denominator': 'known_arr_12m_cents', 'n': 'n_arr_12m',
        },
        'gross_margin_rate_12m': {
            'kind': 'ratio', 'stem': 'margin', 'y': 'gross_margin_12m_cents', 'x': 'revenue_12m_cents', 'better': 'higher',
            'numerator': 'gross_margin_12m_cents', 'denominator': 'margin_revenue_12m_cents', 'n': 'n_margin_12m',
        },
        'support_per_arr_12m': {
            'kind': 'ratio', 'stem': 'support', 'y': 'support_12m_cents', 'x': 'starting_arr_cents', 'better': 'lower',
            'least': 0, 'numerator': 'support_12m_cents', 'denominator': 'support_arr_12m_cents', 'n': 'n_support_12m',
        },
    }) }}
{%- endmacro %}
