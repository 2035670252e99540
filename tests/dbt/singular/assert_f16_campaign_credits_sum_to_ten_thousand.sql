-- A failing row is a customer whose parts under an attribution policy do not sum to exactly 10,000: campaign cost would be
-- shared by a customer that is more or less than one.
select
    policy_key,
    customer_id,
    sum(credit_e4) as credit_e4,
from {{ ref('int_cost__campaign_credit') }}
group by policy_key, customer_id
having sum(credit_e4) != 10000
