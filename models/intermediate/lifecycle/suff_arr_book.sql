-- One row per segment, term type, age month and rank: ARR of today's customers, the 100 largest of a segment alone and the
-- others of an age together (rank 0). All that a forecast of today's customers ever sees of them.
with book as (

    select * from {{ ref('int_lifecycle__arr_book') }}
    where arr_cents > 0

),

final as (

    select
        segment_id,
        term_type,
        age_month,
        customer_rank,
        count(*) as n_customers,
        cast(sum(arr_cents) as bigint) as arr_cents,
        sum(cast(arr_cents as hugeint) * arr_cents) as arr_cents_squared,
    from book
    group by segment_id, term_type, age_month, customer_rank

)

select * from final
