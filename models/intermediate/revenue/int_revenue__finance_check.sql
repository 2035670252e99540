-- One row per check on what finance books: amounts without a rate or at an old one, credits that go beyond their invoice,
-- headers that are not their lines. In the shape of fct_data_check.
with invoices as (

    select * from {{ ref('fct_invoice') }}

),

credit_notes as (

    select * from {{ ref('int_revenue__credit_note') }}

),

gaps as (

    select * from {{ ref('int_revenue__fx_gap') }}

),

blocked as (

    select
        currency,
        sum(n_rows) as n_rows,
        sum(n_months) as n_months,
        string_agg(
            strftime(first_month_on, '%Y-%m')
            || case when n_months > 1 then ' to ' || strftime(last_month_on, '%Y-%m') else '' end,
            ', ' order by first_month_on
        ) as runs,
    from gaps
    where gap = 'no_rate'
    group by currency

),

carried as (

    select
        currency,
        sum(n_months) as n_months,
        min(first_month_on) as first_month_on,
        max(last_month_on) as last_month_on,
        max(rate_on) as last_rate_on,
    from gaps
    where gap = 'rate_carried'
    group by currency

),

excesses as (

    select
        credit_fate,
        currency,
        count(*) as n_rows,
        cast(sum(excess_minor) as bigint) as excess_minor,
    from credit_notes
    where excess_minor != 0
    group by credit_fate, currency

),

counts as (

    select
        'revenue_without_a_rate' as check_name,
        coalesce(sum(n_rows), 0) as n_rows,
        coalesce(
            'No rate to {{ var("reporting_currency") }} for '
            || string_agg(
                currency || ' in ' || runs || ' (' || n_months || case when n_months = 1 then ' month)' else ' months)' end,
                '; ' order by currency
            )
            || ': those months stay unknown in {{ var("reporting_currency") }}. Deliver finance.fx_rate dated in each of them',
            'Every amount has a rate'
        ) as detail,
    from blocked

    union all

    select
        'rates_carried_forward' as check_name,
        coalesce(sum(n_months), 0) as n_rows,
        coalesce(
            'An earlier rate serves months without their own: '
            || string_agg(
                currency || ', last rate of ' || strftime(last_rate_on, '%Y-%m-%d') || ', '
                || n_months || case when n_months = 1 then ' month, ' else ' months between ' end
                || strftime(first_month_on, '%Y-%m')
                || case when n_months = 1 then '' else ' and ' || strftime(last_month_on, '%Y-%m') end,
                '; ' order by currency
            )
            || '. What rates did since then is in no figure; deliver finance.fx_rate monthly',
            'Every month has a rate of its own or none'
        ) as detail,
    from carried

    union all

    select
        'credit_notes_beyond_their_invoice' as check_name,
        coalesce(sum(n_rows), 0) as n_rows,
        coalesce(
            'Credit notes take back more than their invoice asked for, in minor units: '
            || string_agg(currency || ' ' || excess_minor, ', ' order by currency) || '. The rest lowers no revenue',
            'Every credit note stays within its invoice'
        ) as detail,
    from excesses
    where credit_fate = 'beyond_invoice'

    union all

    select
        'credit_notes_without_a_bill' as check_name,
        coalesce(sum(n_rows), 0) as n_rows,
        coalesce(
            'Credit notes below zero, or whose invoice is void, a draft, not delivered or in another currency, in minor units: '
            || string_agg(credit_fate || ' ' || currency || ' ' || excess_minor, ', ' order by credit_fate, currency)
            || '. They lower no revenue',
            'Every credit note has its bill'
        ) as detail,
    from excesses
    where credit_fate not in ('placed', 'beyond_invoice')

    union all

    select
        'invoices_without_lines' as check_name,
        count(*) as n_rows,
        'Bills without any line delivered; what they ask for is owed, and no revenue' as detail,
    from invoices
    where n_lines = 0

    union all

    select
        'invoice_discounts_without_a_line' as check_name,
        count(*) as n_rows,
        'Bills whose header takes off more than lines are there to bear; it lowers what is owed, and no revenue' as detail,
    from invoices
    where unplaced_discount_minor != 0

),

final as (

    select
        check_name,
        'billing' as check_group,
        case when n_rows = 0 then 'pass' else 'warn' end as status,
        cast(n_rows as bigint) as n_rows,
        detail,
    from counts

)

select * from final
