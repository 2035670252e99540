{# The age band in which margin and support cost are fitted. `age_month` is the month since the first paid month, from 0. #}
{% macro get_money_age_band(age_month) -%}
case
    when {{ age_month }} < 3 then '00-02'
    when {{ age_month }} < 6 then '03-05'
    when {{ age_month }} < 12 then '06-11'
    when {{ age_month }} < 24 then '12-23'
    when {{ age_month }} >= 24 then '24+'
end
{%- endmacro %}
