{# The age band in which margin and support cost are fitted. `age_month` is the month since the first paid month, from 0. #}
{% macro get_money_age_band(age_month) -%}
case
    when {{ age_month }} <= 3 then '00-03'
    when {{ age_month }} <= 6 then '04-06'
    when {{ age_month }} <= 12 then '07-12'
    when {{ age_month }} <= 24 then '13-24'
    when {{ age_month }} > 24 then '25+'
end
{%- endmacro %}
