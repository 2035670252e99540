{% macro list_contract_tables() %}
    {#- Every raw table of the contract with the staging model that reads it, as (source, table, model). The one
        list for models and tests that speak of all tables; a test compares it with the contract. -#}
    {%- set named_otherwise = {
        'crosswalk.account_override': 'stg_finance__account_override',
        'intent.capability_visit_daily': 'stg_product__capability_visit_daily',
        'salesforce.product_2': 'stg_salesforce__product',
    } -%}
    {%- set tables_by_source = {
        'crm': ['deal_desk_request', 'play_response'],
        'crosswalk': ['account_override'],
        'finance': [
            'currency_exponent', 'fx_rate', 'gl_monthly', 'product_margin', 'support_rate',
        ],
        'intent': ['capability_visit_daily'],
        'marketing': ['ad_spend_daily', 'gtm_cost_monthly'],
        'product': ['usage_account_daily'],
        'salesforce': [
            'account', 'campaign', 'campaign_member', 'contact', 'contract', 'currency_type',
            'dated_conversion_rate', 'event', 'lead', 'opportunity', 'opportunity_contact_role',
            'opportunity_field_history', 'opportunity_history', 'opportunity_line_item',
            'opportunity_stage', 'product_2', 'record_type', 'task', 'user', 'user_role',
        ],
        'stripe': [
            'balance_transaction', 'charge', 'coupon', 'credit_note', 'credit_note_line_item',
            'customer', 'dispute', 'invoice', 'invoice_line_item', 'payment_intent', 'price', 'product',
            'refund', 'subscription_discount', 'subscription_history', 'subscription_item',
        ],
        'zendesk': [
            'domain_name', 'group', 'organization', 'satisfaction_rating', 'ticket', 'ticket_comment',
            'ticket_field_history', 'ticket_tag', 'user',
        ],
    } -%}
    {%- set listed = [] -%}
    {%- for source_name, tables in tables_by_source.items() -%}
        {%- for table_name in tables -%}
            {%- set model = named_otherwise.get(
                source_name ~ '.' ~ table_name, 'stg_' ~ source_name ~ '__' ~ table_name
            ) -%}
            {%- do listed.append((source_name, table_name, model)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(listed) }}
{% endmacro %}
