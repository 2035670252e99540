-- A failing row is a phrase that does not read as a person would say it. Does not claim that the phrase fits the deal.
with examples as (

    select listed.*
    from (
        values
        ('{value} contacts in touch', 'contacts', 1.0, '1 contact in touch'),
        ('{value} contacts in touch', 'contacts', 2.0, '2 contacts in touch'),
        ('on {value} contacts', 'contacts', 0.0, 'on no contacts'),
        ('in {value} of cases', 'probability', 0.991, 'in over 99 % of cases'),
        ('in {value} of cases', 'probability', 0.99, 'in 99 % of cases'),
        ('in {value} of cases', 'probability', 0.009, 'in under 1 % of cases'),
        ('in {value} of cases', 'probability', 0.01, 'in 1 % of cases'),
        ('a discount of {value} %', 'percent', 0.0, 'a discount of 0 %'),
        ('stuck for {value} days', 'days', 11.0, 'stuck for 11 days'),
        ('stuck for {value} days', 'days', 1.0, 'stuck for 1 day'),
        ('costs {value} of ARR', 'per ARR', 0.054, 'costs 5 % of ARR'),
        ('no stage forward', 'stages', 0.0, 'no stage forward'),
        ('{value} contacts', 'contacts', null, null)
    ) as listed (phrase, unit, value, expected)

)

select
    phrase,
    value,
    expected,
    {{ word_component('phrase', 'unit', 'value') }} as actual,
from examples
where {{ word_component('phrase', 'unit', 'value') }} is distinct from expected
