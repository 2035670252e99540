-- Two places hold versions: the schema that a loader fills in history mode, and the table itself, where its rows were
-- appended or kept with the time they held from. A single row of today is no history and stays out.
with history_schema as (

    {{ read_raw_table('salesforce_history', 'opportunity') }}

),

present_schema as (

    {{ read_raw_table('salesforce', 'opportunity') }}

),

history_rows as (

    {% for schema, is_kept_as_history in [('history_schema', 'true'), ('present_schema', '_fivetran_start is not null')] -%}
        select
            id,
            account_id,
            stage_name,
            amount,
            currency_iso_code,
            probability,
            close_date,
            owner_id,
            is_closed,
            is_won,
            is_deleted,
            -- the change's own time: the loader only notes it
            coalesce(system_modstamp, _fivetran_start) as version_at,
            _fivetran_start,
            _fivetran_synced,
            source_relation,
            {{ is_kept_as_history }} as is_kept_as_history
        from {{ schema }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

dated as (

    select * from history_rows
    where version_at is not null

),

-- one time, one version: of rows that the source changed without moving its clock the last loaded counts
versions as (

    {{ dedupe_latest(
        'dated',
        ['id', 'version_at'],
        ['is_kept_as_history', '_fivetran_start', '_fivetran_synced', 'source_relation']
    ) }}

),

counted as (

    select
        *,
        count(*) over (partition by id) as n_versions,
        bool_or(is_kept_as_history) over (partition by id) as has_history
    from versions

),

final as (

    select
        id as opportunity_id,
        version_at,
        stage_name,
        cast(amount as decimal(18, 2)) as amount,
        upper(currency_iso_code) as currency,
        close_date as close_on,
        cast(probability * 0.01 as decimal(9, 6)) as probability_rate,
        owner_id as owner_user_id,
        account_id,
        is_closed,
        is_won,
        coalesce(is_deleted, false) as is_deleted,
        source_relation,
        _fivetran_synced as synced_at
    from counted
    where n_versions > 1 or has_history

)

select * from final
