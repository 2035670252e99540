-- One row per chain of billing documents, step and currency, from the raw table to the facts. Levels are counted on the
-- relations themselves; what is left out between two levels is counted on its own, so that neither is made to fit.
with raw_totals as (

    select * from {{ ref('stg_landing__control_total') }}

),

documents as (

    select
        *,
        row_number() over (
            partition by chain, currency, document_key order by left_out_as nulls first
        ) as place_of_key,
    from {{ ref('int_landing__control_document') }}

),

staged_documents as (

    {% for chain in list_control_chains() -%}
        select
            '{{ chain.chain }}' as chain,
            {{ chain.staged_key }} as document_key,
            {{ "coalesce(currency, '')" if chain.staged_amount else "''" }} as currency,
            {{ chain.staged_amount or 'cast(null as bigint)' }} as amount_minor,
        from {{ ref(chain.model) }}
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

staged as (

    select
        chain,
        'staging' as step,
        currency,
        count(*) as n_rows,
        count(distinct document_key) as n_keys,
        sum(amount_minor) as amount_minor,
    from staged_documents
    group by chain, currency

),

left_out_of_staging as (

    select
        chain,
        step,
        currency,
        n_rows,
        n_keys,
        amount_minor,
    from raw_totals
    where step not in ('raw', 'kept')

),

left_out_of_facts as (

    select
        chain,
        left_out_as as step,
        currency,
        count(*) as n_rows,
        count(*) filter (where place_of_key = 1) as n_keys,
        sum(amount_minor) as amount_minor,
    from documents
    where left_out_as is not null
    group by chain, left_out_as, currency

),

unioned as (

    select
        *,
        1 as level_order,
        'level' as step_kind,
    from raw_totals
    where step = 'raw'

    union all

    select
        *,
        2 as level_order,
        'left_out' as step_kind,
    from left_out_of_staging

    union all

    select
        *,
        2 as level_order,
        'level' as step_kind,
    from staged

    union all

    select
        *,
        3 as level_order,
        'left_out' as step_kind,
    from left_out_of_facts

    union all

    select
        *,
        3 as level_order,
        'level' as step_kind,
    from {{ ref('int_landing__control_fact') }}

    union all

    select
        chain,
        step,
        currency,
        n_rows,
        n_keys,
        amount_minor,
        4 as level_order,
        step_kind,
    from {{ ref('int_landing__control_revenue') }}

),

final as (

    select
        chain,
        level_order,
        step_kind,
        step,
        currency,
        cast(n_rows as bigint) as n_rows,
        cast(n_keys as bigint) as n_keys,
        cast(amount_minor as bigint) as amount_minor,
    from unioned

)

select * from final
