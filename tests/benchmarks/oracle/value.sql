-- Value: recency, orders, money. An order is the bought lines of one number at one source in a month.
WITH lines AS (
    SELECT customer_id, account_id, orders.source, period, order_id, is_return, net_amount, ordered_at,
        date_diff('month', strptime(period, '%Y-%m'), ($as_of AT TIME ZONE $zone)) AS ago
    FROM orders JOIN links USING (account_id) WHERE ordered_at >= $start AND ordered_at < $as_of
),
baskets AS (
    SELECT customer_id, ago, max(ordered_at) AS last_at, sum(net_amount)::DOUBLE AS amount, count(*) AS n_lines
    FROM lines WHERE NOT is_return GROUP BY customer_id, account_id, source, period, order_id, ago
),
bought AS (
    SELECT customer_id, max(last_at) AS last_at, sum(n_lines) AS n_lines, sum(amount) AS amount,
        count(*) AS n, count(*) FILTER (ago <= 1) AS n1, count(*) FILTER (ago <= 3) AS n3,
        count(*) FILTER (ago <= 6) AS n6,
        CASE WHEN count(*) > 1 THEN stddev_samp(amount) / nullif(avg(amount), 0) END AS variation
    FROM baskets GROUP BY ALL
),
net AS (
    SELECT customer_id, sum(net_amount) AS a12,
        sum(net_amount) FILTER (ago <= 1) AS a1, sum(net_amount) FILTER (ago <= 3) AS a3
    FROM lines GROUP BY ALL
)
SELECT
    customer_id,
    date_diff('second', last_at, $as_of) / 86400.0 AS recency_days,
    coalesce(n1, 0) AS orders_count_1p,
    coalesce(n3, 0) AS orders_count_3p,
    coalesce(n6, 0) AS orders_count_6p,
    coalesce(n, 0) AS orders_count_12p,
    coalesce(a1, 0) AS net_amount_1p,
    coalesce(a3, 0) AS net_amount_3p,
    coalesce(a12, 0) AS net_amount_12p,
    coalesce(n, 0) * 30 / exposure_days AS orders_per_30_days_12p,
    coalesce(a12, 0)::DOUBLE * 30 / exposure_days AS net_amount_per_30_days_12p,
    amount / n AS average_order_amount_12p,
    amount / n_lines AS average_line_amount_12p,
    variation AS order_amount_variation_12p
FROM population LEFT JOIN bought USING (customer_id) LEFT JOIN net USING (customer_id)
