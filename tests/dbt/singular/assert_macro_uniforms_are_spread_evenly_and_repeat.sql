-- A failing row means that get_uniform leaves its range, gives another number than it did, or does not spread 10,000 texts
-- evenly: a tenth of them lies in each tenth, within four standard errors, and their mean is a half. It does not claim more
-- of randomness than that.
with texts as (

    select cast(text_number as varchar) as text
    from generate_series(1, 10000) as series (text_number)

),

numbers as (

    select {{ get_uniform("'won|' || text") }} as number
    from texts

),

tenths as (

    select
        floor(number * 10) as tenth,
        count(*) as n_texts,
    from numbers
    group by floor(number * 10)

),

repeated as (

    select {{ get_uniform("'won|deal|7'") }} as number

)

select 'uneven tenth' as claim from tenths
where abs(n_texts - 1000) > 120 or tenth not between 0 and 9

union all

select 'tenth missing' as claim from tenths
having count(*) != 10

union all

select 'mean is not a half' as claim from numbers
having abs(sum(number) / count(*) - 0.5) > 0.012

union all

select 'another number' as claim from repeated
where abs(number - 0.363389343) > 0.0000001
