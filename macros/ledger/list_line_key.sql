{% macro list_line_key() %}
    {#- The columns that tell one reported line from another, in the order of the ledger's files. Never null: text
        that a line has none of is ''. -#}
    {{ return([
        'measure', 'segment_id', 'customer_id', 'document_type', 'document_id', 'document_line_id', 'currency',
    ]) }}
{% endmacro %}
