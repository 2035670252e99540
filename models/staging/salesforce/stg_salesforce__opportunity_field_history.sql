{#- Tracked fields may hold names and addresses of people. Values are kept of the fields that are read; of the others only
    the moment. Names are compared by letters and digits: Discount_Pct__c in the API, discount_pct_c after loading. -#}
{%- set read_fields = [
    'stagename', 'amount', 'closedate', 'probability', 'currencyisocode', 'owner', 'ownerid', 'account', 'accountid', 'type'
] -%}
{%- for column in (var('field_map') or {}).values() -%}
    {%- do read_fields.append(modules.re.sub('[^a-z0-9]', '', column | lower)) -%}
{%- endfor -%}
with source as (

    {{ select_contract_columns('salesforce', 'opportunity_field_history') }}

),

keyed as (

    select
        *,
        regexp_replace(lower(field), '[^a-z0-9]', '', 'g') in (
            {%- for field in read_fields %}
                '{{ field }}'{{ ',' if not loop.last }}
            {%- endfor %}
        ) as is_read
    from source

),

final as (

    select
        id as field_history_id,
        opportunity_id,
        field as field_name,
        data_type,
        case when is_read then old_value end as old_value,
        case when is_read then new_value end as new_value,
        created_date as changed_at,
        created_by_id as changed_by_user_id,
        coalesce(is_deleted, false) as is_deleted,
        source_relation,
        _fivetran_synced as synced_at
    from keyed

)

select * from final
