-- One row per contact: how senior its title says it is. Null = no title, or one that no pattern knows.
with contacts as (

    select * from {{ ref('stg_salesforce__contact') }}
    where not is_deleted and {{ was_loaded('synced_at') }}

),

patterns as (

    select * from {{ ref('contact_level') }}
    where read_from = 'title'

),

titles as (

    select
        contact_id,
        coalesce(master_contact_id, contact_id) as person_id,
        {{ pad_words('title') }} as title,
    from contacts

),

distinct_titles as (

    select distinct title from titles

),

known_titles as (

    select
        titles.title,
        arg_min(patterns.level, (patterns.priority, patterns.level)) as level,
    from distinct_titles as titles
    inner join patterns on titles.title like patterns.pattern
    group by titles.title

),

final as (

    select
        titles.contact_id,
        titles.person_id,
        known_titles.level,
    from titles
    left join known_titles on titles.title = known_titles.title

)

select * from final
