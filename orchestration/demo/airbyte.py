"""The demo company as Airbyte would deliver it: one stream an object, as the vendors' APIs give it.

Same company, same values as in the contract's shape. Times of Stripe become epoch seconds, children go into their
parents' lists, flags and references get the APIs' names. What the streams do not carry is left out: Fivetran's
versions of a subscription (the present one stays), load flags, the customer of a refund. Salesforce's streams are its
objects in Salesforce's own spelling.
"""

from collections.abc import Mapping

import duckdb
import pyarrow as pa

Key = tuple[str, str]

_PRICE = """
    case when p.id is not null then {
        'id': p.id, 'object': 'price', 'active': p.active, 'billing_scheme': p.billing_scheme,
        'created': epoch(p.created)::bigint, 'currency': p.currency, 'livemode': p.livemode, 'product': p.product_id,
        'recurring': {
            'interval': p.recurring_interval, 'interval_count': p.recurring_interval_count,
            'usage_type': p.recurring_usage_type
        },
        'tiers_mode': p.tiers_mode, 'type': p.type, 'unit_amount': p.unit_amount,
        'unit_amount_decimal': p.unit_amount_decimal::varchar
    } end"""
_PLAN = """
    case when p.id is not null then {
        'id': p.id, 'object': 'plan', 'active': p.active, 'amount': p.unit_amount,
        'amount_decimal': p.unit_amount_decimal::varchar, 'billing_scheme': p.billing_scheme,
        'created': epoch(p.created)::bigint, 'currency': p.currency, 'interval': p.recurring_interval,
        'interval_count': p.recurring_interval_count, 'livemode': p.livemode, 'product': p.product_id,
        'tiers_mode': p.tiers_mode, 'usage_type': p.recurring_usage_type
    } end"""
_COUPON = """
    {
        'id': c.id, 'object': 'coupon', 'amount_off': c.amount_off, 'currency': c.currency, 'duration': c.duration,
        'duration_in_months': c.duration_in_months, 'livemode': c.livemode, 'name': c.name,
        'percent_off': c.percent_off, 'valid': c.valid
    }"""

# What each stream holds; `s` is the contract's table, `_row` its order, `_synced` its load time.
_STRIPE: dict[str, str] = {
    "customers": """
        select s.id, 'customer' as object, epoch(s.created)::bigint as created, s.email, s.metadata, s.livemode, s.name,
            s.currency, s.balance, s.delinquent, s.is_deleted, s._row, s._synced
        from stripe_customer as s""",
    "products": """
        select s.id, 'product' as object, s.name, s.active, s.type, epoch(s.created)::bigint as created, s.livemode,
            s.is_deleted, s._row, s._synced
        from stripe_product as s""",
    "prices": f"""
        select unnest({_PRICE}), p.is_deleted, p._row, p._synced from stripe_price as p""",
    "subscriptions": f"""
        with items as (
            select i.subscription_id, list({{
                'id': i.id, 'object': 'subscription_item', 'created': epoch(i.created)::bigint, 'quantity': i.quantity,
                'subscription': i.subscription_id, 'price': {_PRICE}
            }} order by i._row) as data
            from stripe_subscription_item as i left join stripe_price as p on i.plan_id = p.id
            group by i.subscription_id
        ),
        discounts as (
            select d.subscription_id, list({{
                'id': d.id, 'object': 'discount', 'coupon': {_COUPON}, 'customer': d.customer_id,
                'subscription': d.subscription_id, 'start': epoch(d.start)::bigint, 'end': epoch(d."end")::bigint
            }} order by d._row) as list
            from stripe_subscription_discount as d left join stripe_coupon as c on d.coupon_id = c.id
            group by d.subscription_id
        )
        select s.id, 'subscription' as object, s.customer_id as customer, s.status,
            epoch(s.created)::bigint as created, epoch(s.start_date)::bigint as start_date, s.cancel_at_period_end,
            epoch(s.canceled_at)::bigint as canceled_at, epoch(s.ended_at)::bigint as ended_at, s.metadata, s.livemode,
            epoch(s.current_period_start)::bigint as current_period_start,
            epoch(s.current_period_end)::bigint as current_period_end,
            epoch(s.trial_start)::bigint as trial_start, epoch(s.trial_end)::bigint as trial_end,
            s.billing as collection_method,
            s.days_until_due, s.quantity,
            {{'comment': null::varchar, 'feedback': s.cancellation_feedback, 'reason': s.cancellation_reason}}
                as cancellation_details,
            {{'object': 'list', 'data': items.data}} as items,
            coalesce(discounts.list, []) as discounts, s._row, s._synced
        from stripe_subscription_history as s
        left join items on s.id = items.subscription_id
        left join discounts on s.id = discounts.subscription_id
        where coalesce(s._fivetran_active, true)""",
    "subscription_items": f"""
        select s.id, 'subscription_item' as object, s.subscription_id as subscription, s.quantity,
            epoch(s.created)::bigint as created, {_PRICE} as price, {_PLAN} as plan, s._row, s._synced
        from stripe_subscription_item as s left join stripe_price as p on s.plan_id = p.id""",
    "invoices": """
        select s.id, 'invoice' as object, s.customer_id as customer, s.subscription_id as subscription, s.status,
            epoch(s.created)::bigint as created, s.currency, s.subtotal, s.tax, s.total, s.amount_due, s.amount_paid,
            s.amount_remaining, s.livemode, s.pre_payment_credit_notes_amount, s.post_payment_credit_notes_amount,
            s.billing_reason, epoch(s.due_date)::bigint as due_date, epoch(s.period_start)::bigint as period_start,
            epoch(s.period_end)::bigint as period_end,
            {
                'finalized_at': epoch(s.status_transitions_finalized_at)::bigint,
                'marked_uncollectible_at': epoch(s.status_transitions_marked_uncollectible_at)::bigint,
                'paid_at': epoch(s.status_transitions_paid_at)::bigint,
                'voided_at': epoch(s.status_transitions_voided_at)::bigint
            } as status_transitions,
            s.charge_id as charge, s.number, s.is_deleted, s._row, s._synced
        from stripe_invoice as s""",
    "invoice_line_items": f"""
        select s.id, 'line_item' as object, s.invoice_id as invoice, s.invoice_id, s.amount, s.currency, s.quantity,
            s.proration, {{'start': epoch(s.period_start)::bigint, 'end': epoch(s.period_end)::bigint}} as period,
            s.livemode, s.subscription_id as subscription, s.subscription_item_id as subscription_item,
            {_PRICE} as price, s.type, s.discountable, s.description, s._row, s._synced
        from stripe_invoice_line_item as s left join stripe_price as p on s.price_id = p.id""",
    "charges": """
        select s.id, 'charge' as object, s.amount, s.amount_refunded, s.currency, s.status,
            epoch(s.created)::bigint as created, s.livemode, s.customer_id as customer, s.paid, s.captured, s.refunded,
            s.balance_transaction_id as balance_transaction, s.invoice_id as invoice,
            s.payment_intent_id as payment_intent, s.failure_code, s._row, s._synced
        from stripe_charge as s""",
    "payment_intents": """
        select s.id, 'payment_intent' as object, s.amount, s.currency, s.status, epoch(s.created)::bigint as created,
            s.livemode, s.customer_id as customer, s.amount_received,
            case when s.last_payment_error_code is not null then {'code': s.last_payment_error_code} end
                as last_payment_error,
            s._row, s._synced
        from stripe_payment_intent as s""",
    "refunds": """
        select s.id, 'refund' as object, s.charge_id as charge, s.amount, s.currency, s.status,
            epoch(s.created)::bigint as created, s.reason, s.balance_transaction_id as balance_transaction, s._row,
            s._synced
        from stripe_refund as s""",
    "credit_notes": """
        with lines as (
            select l.credit_note_id, list({
                'id': l.id, 'object': 'credit_note_line_item', 'amount': l.amount, 'quantity': l.quantity,
                'type': l.type
            } order by l._row) as data
            from stripe_credit_note_line_item as l group by l.credit_note_id
        )
        select s.id, 'credit_note' as object, s.invoice_id as invoice, s.amount, s.currency, s.total, s.subtotal,
            s.status, s.type, epoch(s.created)::bigint as created, s.livemode, s.reason, s.refund_id as refund,
            {'object': 'list', 'data': lines.data} as lines, s._row, s._synced
        from stripe_credit_note as s left join lines on s.id = lines.credit_note_id""",
    "balance_transactions": """
        select s.id, 'balance_transaction' as object, s.type, s.source, s.amount, s.fee, s.net, s.currency,
            epoch(s.created)::bigint as created, s.reporting_category, s.status, s._row, s._synced
        from stripe_balance_transaction as s""",
    "disputes": """
        select s.id, 'dispute' as object, s.charge_id as charge, s.amount, s.currency, s.status,
            epoch(s.created)::bigint as created, s.reason, s.livemode, s._row, s._synced
        from stripe_dispute as s""",
    "coupons": f"""
        select unnest({_COUPON}), c._row, c._synced from stripe_coupon as c""",
}

_ISO = "%Y-%m-%dT%H:%M:%SZ"
_ZENDESK: dict[str, str] = {
    "tickets": f"""
        with tags as (select ticket_id, list(tag order by _row) as tags from zendesk_ticket_tag group by ticket_id)
        select s.id, s.requester_id, case when s._fivetran_deleted then 'deleted' else s.status end as status,
            strftime(s.created_at, '{_ISO}') as created_at, strftime(s.updated_at, '{_ISO}') as updated_at,
            s.organization_id, {{'channel': s.via_channel}} as via, s.assignee_id, s.group_id, s.priority, s.subject,
            s.merged_ticket_ids, s.is_public, coalesce(tags.tags, []) as tags, s._row, s._synced
        from zendesk_ticket as s left join tags on s.id = tags.ticket_id""",
    "ticket_audits": f"""
        select min(s._row) as id, s.ticket_id, strftime(s.updated, '{_ISO}') as created_at, s.user_id as author_id,
            list({{'id': s._row, 'type': 'Change', 'field_name': s.field_name, 'value': s.value}} order by s._row)
                as events,
            min(s._row) as _row, s._synced
        from zendesk_ticket_field_history as s
        group by s.ticket_id, s.updated, s.user_id, s._synced""",
    "users": f"""
        select s.id, s.role, s.active and not s._fivetran_deleted as active,
            strftime(s.created_at, '{_ISO}') as created_at, s.email, s.name, s.external_id, s.organization_id,
            s.suspended, s._row,
            s._synced
        from zendesk_user as s""",
    "organizations": f"""
        with domains as (
            select organization_id, list(domain_name order by "index", _row) as domain_names
            from zendesk_domain_name group by organization_id
        )
        select s.id, s.name, s.external_id, strftime(s.created_at, '{_ISO}') as created_at,
            coalesce(domains.domain_names, []) as domain_names, s._row, s._synced
        from zendesk_organization as s left join domains on s.id = domains.organization_id""",
    "groups": f"""
        select s.id, s.name, s._fivetran_deleted as deleted, strftime(s.created_at, '{_ISO}') as created_at, s._row,
            s._synced
        from zendesk_group as s""",
    "satisfaction_ratings": f"""
        select s.id, s.ticket_id, s.score, strftime(s.created_at, '{_ISO}') as created_at, s.requester_id, s._row,
            s._synced
        from zendesk_satisfaction_rating as s""",
}


def _pascal(name: str) -> str:
    """Salesforce's spelling: `product_2_id` -> `Product2Id`, `discount_pct_c` -> `DiscountPct__c`."""
    custom = name.endswith("_c")
    words = "".join(word.capitalize() for word in name.removesuffix("_c" if custom else "").split("_"))
    return words + ("__c" if custom else "")


def _salesforce(name: str, table: pa.Table) -> tuple[str, str]:
    """Stream name and query of a Salesforce object; what only Fivetran adds is left out."""
    kept = ", ".join(
        f's."{column}" as "{_pascal(column)}"' for column in table.column_names if not column.startswith("_")
    )
    return _pascal(name), f"select {kept}, s._row, s._synced from salesforce_{name} as s"


def _nested_as_json(connection: duckdb.DuckDBPyConnection, query: str) -> str:
    """The query with lists and objects as JSON text, as CSV carries them."""
    described = connection.execute(f"describe {query}").fetchall()
    columns: list[str] = []
    for row in described:
        name, kind = f'"{row[0]}"', str(row[1])
        is_nested = kind.startswith("STRUCT") or kind.endswith("]")
        columns.append(f"cast(to_json({name}) as varchar) as {name}" if is_nested else name)
    return f"select {', '.join(columns)} from ({query})"


def streams(tables: Mapping[Key, pa.Table], *, is_nested: bool) -> dict[Key, pa.Table]:
    """Return Airbyte's streams of Salesforce, Stripe and Zendesk.

    Args:
        tables: contracted tables by (source, table), each with `_fivetran_synced`.
        is_nested: lists and objects stay Arrow lists and structs; otherwise they are JSON text.

    Returns:
        Tables by (source, stream), rows in the order of the contracted table, with Airbyte's bookkeeping.
    """
    queries: dict[Key, str] = {}
    found: dict[Key, pa.Table] = {}
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        for (source, name), table in tables.items():
            connection.register("delivered", table)
            connection.execute(
                f"create table {source}_{name} as select *, row_number() over () as _row, _fivetran_synced as _synced "
                "from delivered"
            )
            connection.unregister("delivered")
            if source == "salesforce":
                stream, query = _salesforce(name, table)
                queries[source, stream] = query
        queries.update({("stripe", stream): query for stream, query in _STRIPE.items()})
        queries.update({("zendesk", stream): query for stream, query in _ZENDESK.items()})
        for (source, stream), query in queries.items():
            whole = (
                f"select * exclude (_row, _synced), md5('{stream}' || _row) as _airbyte_raw_id, "
                "timezone('UTC', _synced) as _airbyte_extracted_at, '{\"changes\": []}' as _airbyte_meta, "
                f"1 as _airbyte_generation_id from ({query}) order by _row"
            )
            rows = connection.sql(whole if is_nested else _nested_as_json(connection, whole))
            found[source, stream] = rows.to_arrow_table()
    return found
