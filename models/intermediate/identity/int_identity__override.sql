-- One row per source record that a person attached to an account, as decided on the as-of day: of several decisions in
-- force the one that began last counts.
with overrides as (

    select * from {{ ref('stg_finance__account_override') }}

),

in_force as (

    select
        *,
        row_number() over (
            partition by source_system, source_id order by valid_from_on desc nulls last, account_id asc
        ) as decision_rank,
    from overrides
    where
        coalesce(valid_from_on, {{ as_of_date() }}) <= {{ as_of_date() }}
        and coalesce(valid_to_on, {{ as_of_date() }}) >= {{ as_of_date() }}

),

final as (

    select
        source_system,
        source_id,
        account_id as stated_id,
        valid_from_on,
        valid_to_on,
    from in_force
    where decision_rank = 1

)

select * from final
