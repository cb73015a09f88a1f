-- Channels that a customer buys through: an order's is that of its bought lines, of several the first by alphabet.
WITH per_order AS (
    SELECT customer_id, account_id, orders.source, period, order_id, min(channel) AS channel
    FROM orders JOIN links USING (account_id)
    WHERE ordered_at >= $start AND ordered_at < $as_of AND NOT is_return GROUP BY ALL
),
told AS (
    SELECT customer_id, CASE lower(channel)
            WHEN 'store' THEN 'store' WHEN 'web' THEN 'web' WHEN 'mini program' THEN 'app' WHEN 'app' THEN 'app'
            WHEN 'tmall' THEN 'partner' WHEN 'telephone' THEN 'phone' WHEN 'phone' THEN 'phone'
            ELSE 'other' END AS kind,
        strptime(period, '%Y-%m') >= date_trunc('month', $as_of AT TIME ZONE $zone) - INTERVAL 3 MONTH AS is_now,
        strptime(period, '%Y-%m') >= date_trunc('month', $as_of AT TIME ZONE $zone) - INTERVAL 6 MONTH AS is_recent
    FROM per_order WHERE channel IS NOT NULL
),
kinds AS (
    SELECT customer_id, kind, count(*) AS n, count(*) FILTER (is_now) AS now_,
        count(*) FILTER (is_recent AND NOT is_now) AS before_,
        count(*) / sum(count(*)) OVER (PARTITION BY customer_id) AS p
    FROM told GROUP BY customer_id, kind
),
totals AS (
    SELECT customer_id, sum(n) AS n, sum(now_) AS now_, sum(before_) AS before_,
        exp(-sum(p * ln(p))) AS effective, max(p) AS top_share,
        (array_agg(kind ORDER BY n DESC, kind))[1] AS top,
        coalesce(sum(p) FILTER (kind = 'store'), 0) AS store,
        coalesce(sum(p) FILTER (kind = 'web'), 0) AS web,
        coalesce(sum(p) FILTER (kind = 'app'), 0) AS app,
        coalesce(sum(p) FILTER (kind = 'phone'), 0) AS phone,
        coalesce(sum(p) FILTER (kind = 'partner'), 0) AS partner
    FROM kinds GROUP BY ALL
),
shifts AS (
    SELECT customer_id, sum(abs(kinds.now_ / totals.now_ - kinds.before_ / totals.before_)) / 2 AS shift
    FROM kinds JOIN totals USING (customer_id) WHERE totals.now_ >= 3 AND totals.before_ >= 3 GROUP BY ALL
)
SELECT
    customer_id,
    coalesce(n, 0) AS channel_orders_count_12p,
    store AS store_orders_share_12p,
    web AS web_orders_share_12p,
    app AS app_orders_share_12p,
    phone AS phone_orders_share_12p,
    partner AS partner_orders_share_12p,
    top AS top_channel_12p,
    top_share AS top_channel_share_12p,
    effective AS effective_channels_12p,
    coalesce(now_ + before_, 0) AS channel_orders_count_6p,
    shift AS channel_shift_index_6p
FROM population LEFT JOIN totals USING (customer_id) LEFT JOIN shifts USING (customer_id)
