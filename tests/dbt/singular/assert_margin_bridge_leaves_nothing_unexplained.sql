-- A failing row is a customer and month, or a cell, whose margin at entry and causes do not sum to its contribution margin, or a
-- cell whose items do not. It does not claim that a cause is the right one: the unit tests of the bridge do.
select
    'customer ' || customer_id as what,
    month_on,
    contribution_amount as margin,
    unexplained_amount as apart,
from {{ ref('mart_margin_customer') }}
where unexplained_amount != 0

union all

select
    'bridge of ' || segment_id as what,
    month_on,
    contribution_margin_amount as margin,
    contribution_margin_amount - (
        bridge_entry_amount + bridge_mix_customers_amount + bridge_mix_products_amount + bridge_price_amount
        + bridge_discount_amount + bridge_concessions_amount + bridge_unit_cost_amount + bridge_services_amount
        + bridge_support_amount + bridge_payment_fees_amount + bridge_onboarding_amount + bridge_at_entry_amount
        + bridge_no_entry_amount
    ) as apart,
from {{ ref('mart_margin_durability') }}
where
    contribution_margin_amount != bridge_entry_amount + bridge_mix_customers_amount + bridge_mix_products_amount
    + bridge_price_amount + bridge_discount_amount + bridge_concessions_amount + bridge_unit_cost_amount
    + bridge_services_amount + bridge_support_amount + bridge_payment_fees_amount + bridge_onboarding_amount
    + bridge_at_entry_amount + bridge_no_entry_amount

union all

select
    'items of ' || segment_id as what,
    month_on,
    contribution_margin_amount as margin,
    contribution_margin_amount - (
        coalesce(recognised_amount, 0) - coalesce(refund_amount, 0) - coalesce(dispute_amount, 0)
        - coalesce(cost_of_service_amount, 0) - coalesce(support_amount, 0) - coalesce(payment_fees_amount, 0)
        - coalesce(onboarding_amount, 0) - not_measured_amount
    ) as apart,
from {{ ref('mart_margin_durability') }}
where
    contribution_margin_amount != coalesce(recognised_amount, 0) - coalesce(refund_amount, 0) - coalesce(dispute_amount, 0)
    - coalesce(cost_of_service_amount, 0) - coalesce(support_amount, 0) - coalesce(payment_fees_amount, 0)
    - coalesce(onboarding_amount, 0) - not_measured_amount
