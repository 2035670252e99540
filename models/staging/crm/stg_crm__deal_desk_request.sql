with source as (

    {{ select_contract_columns('crm', 'deal_desk_request') }}

),

final as (

    select
        request_id,
        opportunity_id,
        requested_at,
        request_type,
        cast(arr_discount_pct as decimal(18, 4)) as arr_discount_pct,
        cast(margin_points as decimal(18, 4)) as margin_points,
        cast(one_off_cost as decimal(18, 2)) as one_off_cost,
        pull_in_days,
        term_months,
        payment_terms_days,
        cast(expected_win_uplift as decimal(18, 4)) as expected_win_uplift,
        status as request_status,
        decided_at,
        -- words of a person; only whether they are those of an experiment is asked
        {{ hash_personal('reason') }} as reason_hash,
        _fivetran_synced as synced_at
    from source

)

select * from final
