{% macro list_control_chains() %}
    {#- The billing documents whose rows and money are followed from the raw table to the marts, in the order in which
        they are shown: chain, raw table of stripe, key and amount as SQL on the raw table in contract shape, staging
        model with the names of the same there, and the levels it has in order. A chain without money has no amount. -#}
    {{ return([
        {
            'chain': 'invoices', 'table': 'invoice', 'key': 'id', 'amount': 'total',
            'model': 'stg_stripe__invoice', 'staged_key': 'invoice_id', 'staged_amount': 'total_minor',
            'levels': ['raw', 'staging', 'fact', 'mart'],
        },
        {
            'chain': 'invoice_lines', 'table': 'invoice_line_item', 'key': "concat_ws(' / ', invoice_id, id)",
            'amount': 'amount', 'model': 'stg_stripe__invoice_line_item',
            'staged_key': "concat_ws(' / ', invoice_id, invoice_line_item_id)", 'staged_amount': 'amount_minor',
            'levels': ['raw', 'staging', 'fact', 'revenue', 'mart'],
        },
        {
            'chain': 'credit_notes', 'table': 'credit_note', 'key': 'id', 'amount': 'total',
            'model': 'stg_stripe__credit_note', 'staged_key': 'credit_note_id', 'staged_amount': 'total_minor',
            'levels': ['raw', 'staging', 'fact', 'revenue', 'mart'],
        },
        {
            'chain': 'charges', 'table': 'charge', 'key': 'id', 'amount': 'amount',
            'model': 'stg_stripe__charge', 'staged_key': 'charge_id', 'staged_amount': 'amount_minor',
            'levels': ['raw', 'staging', 'fact'],
        },
        {
            'chain': 'refunds', 'table': 'refund', 'key': 'id', 'amount': 'amount',
            'model': 'stg_stripe__refund', 'staged_key': 'refund_id', 'staged_amount': 'amount_minor',
            'levels': ['raw', 'staging', 'fact'],
        },
        {
            'chain': 'balance_transactions', 'table': 'balance_transaction', 'key': 'id', 'amount': 'amount',
            'model': 'stg_stripe__balance_transaction', 'staged_key': 'balance_transaction_id',
            'staged_amount': 'amount_minor',
            'levels': ['raw', 'staging', 'fact'],
        },
        {
            'chain': 'subscriptions', 'table': 'subscription_history', 'key': 'id', 'amount': none,
            'model': 'stg_stripe__subscription_history', 'staged_key': 'subscription_id', 'staged_amount': none,
            'levels': ['raw', 'staging', 'fact'],
        },
    ]) }}
{% endmacro %}
