-- A row is a number that a sentence of the three questions writes other than by hand. Says nothing about the sentences.
with cases as (

    select 'amount' as what, {{ format_amount('12345.5') }} as found, '12,346' as expected
    union all
    select 'amount' as what, {{ format_amount('-999.5') }} as found, '−1,000' as expected
    union all
    select 'amount' as what, {{ format_amount('cast(null as decimal(18, 2))') }} as found, 'unknown' as expected
    union all
    select 'points' as what, {{ format_points('10.04') }} as found, '10' as expected
    union all
    select 'points' as what, {{ format_points('6.66') }} as found, '6.7' as expected
    union all
    select 'points' as what, {{ format_points('-0.04') }} as found, '0' as expected
    union all
    select 'points' as what, {{ format_points('-1.06') }} as found, '−1.1' as expected
    union all
    select 'points' as what, {{ format_points('cast(null as double)') }} as found, 'unknown' as expected
    union all
    select 'chance' as what, {{ format_chance('0.7999') }} as found, '79 %' as expected
    union all
    select 'chance' as what, {{ format_chance('0.80') }} as found, '80 %' as expected
    union all
    select 'chance' as what, {{ format_chance('0.999') }} as found, 'over 99 %' as expected
    union all
    select 'chance' as what, {{ format_chance('0.0') }} as found, 'under 1 %' as expected
    union all
    select 'chance' as what, {{ format_chance('cast(null as double)') }} as found, 'unknown' as expected

)

select * from cases
where found is distinct from expected
