-- A failing row is a bill whose header is not, to the minor unit, its lines less discounts plus tax and what stands beside
-- them by name. Receivables and revenue would start from different figures.
select
    invoice_id,
    currency,
    total_minor,
    line_minor,
    lines_off_minor,
    discount_minor,
    unplaced_discount_minor,
    tax_minor,
    unstated_tax_minor,
from {{ ref('fct_invoice') }}
where
    total_minor != line_minor + lines_off_minor - discount_minor - unplaced_discount_minor + tax_minor + unstated_tax_minor
    or net_minor != line_minor - discount_minor
    -- tax and discount never meet in one remainder
    or (unstated_tax_minor != 0 and discount_minor + unplaced_discount_minor != 0)
