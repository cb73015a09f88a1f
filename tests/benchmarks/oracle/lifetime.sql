-- Loyalty and churn risk by time: tenure, months with orders, silences, and the two trends of half a year,
-- by the days that passed: the month in which clocks are set has an hour more, or less.
WITH lines AS (
    SELECT customer_id, account_id, orders.source, period, order_id, is_return, net_amount, ordered_at, ordered_date,
        date_diff('month', strptime(period, '%Y-%m'), ($as_of AT TIME ZONE $zone)) AS ago
    FROM orders JOIN links USING (account_id) WHERE ordered_at >= $start AND ordered_at < $as_of
),
baskets AS (
    SELECT customer_id, account_id, period, ago, min(ordered_date) AS day
    FROM lines WHERE NOT is_return GROUP BY customer_id, account_id, source, period, order_id, ago
),
active AS (
    SELECT customer_id, count(DISTINCT period) AS n, min(day) FILTER (ago <= 1) AS first_now,
        max(day) FILTER (ago > 1) AS last_before,
        count(DISTINCT (account_id, day)) AS n_days, date_diff('day', min(day), max(day)) AS span
    FROM baskets GROUP BY ALL
),
counts AS (
    SELECT customer_id, count(*) FILTER (ago <= 3) AS a, count(*) FILTER (ago > 3 AND ago <= 6) AS b
    FROM baskets GROUP BY ALL
),
amounts AS (
    SELECT customer_id, coalesce(sum(net_amount) FILTER (ago <= 3), 0)::DOUBLE AS a,
        coalesce(sum(net_amount) FILTER (ago > 3 AND ago <= 6), 0)::DOUBLE AS b
    FROM lines GROUP BY ALL
),
visits AS (
    SELECT customer_id,
        count(*) FILTER (started_at AT TIME ZONE $zone >= ($as_of AT TIME ZONE $zone) - INTERVAL 3 MONTH) AS a,
        count(*) FILTER (started_at AT TIME ZONE $zone < ($as_of AT TIME ZONE $zone) - INTERVAL 3 MONTH
            AND started_at AT TIME ZONE $zone >= ($as_of AT TIME ZONE $zone) - INTERVAL 6 MONTH) AS b
    FROM web_visits JOIN links USING (account_id)
    WHERE started_at >= $start AND started_at < $as_of GROUP BY ALL
),
lasts AS (SELECT customer_id, max(ordered_at) AS at FROM lines WHERE NOT is_return GROUP BY ALL),
young AS (
    SELECT customer_id, first_seen_at,
        least(12, 1 + date_diff('month', date_trunc('month', first_seen_at AT TIME ZONE $zone),
            ($as_of AT TIME ZONE $zone) - INTERVAL 1 MONTH)) AS n_periods,
        date_diff('month', $start AT TIME ZONE $zone, $as_of AT TIME ZONE $zone) AS n_window,
        date_diff('second', (($as_of AT TIME ZONE $zone) - INTERVAL 3 MONTH) AT TIME ZONE $zone, $as_of) / 86400.0 AS days_now,
        date_diff('second', (($as_of AT TIME ZONE $zone) - INTERVAL 6 MONTH) AT TIME ZONE $zone, $as_of) / 86400.0 - days_now AS days_before
    FROM known
)
SELECT
    customer_id,
    date_diff('second', first_seen_at, $as_of) / 86400.0 AS tenure_days,
    greatest(0, date_diff('second', $first, first_seen_at)) / 86400.0 AS unseen_before_days,
    CASE WHEN n_days > 2 AND span > 0 THEN (n_days - 1) * ln(1 + greatest(0, date_diff('second', $first, first_seen_at))
        / 86400.0 / span) END AS unseen_before_ratio,
    coalesce(active.n, 0) / least(n_periods, n_window) AS active_periods_share_12p,
    date_diff('day', last_before, first_now)::DOUBLE AS silence_before_period_days,
    CASE WHEN n_days > 2 AND span > 0
        THEN date_diff('second', lasts.at, $as_of) / 86400.0 / (span / (n_days - 1)) END AS overdue_ratio,
    CASE WHEN n_days > 2 AND span > 0
        THEN (n_days - 1) * ln(1 + date_diff('second', lasts.at, $as_of) / 86400.0 / span) END AS rhythm_silence_ratio,
    CASE WHEN n_periods >= 6 AND n_window >= 6 THEN (coalesce(counts.a, 0) / days_now - coalesce(counts.b, 0) / days_before)
        / nullif(coalesce(counts.a, 0) / days_now + coalesce(counts.b, 0) / days_before, 0) END AS orders_trend_index_6p,
    CASE WHEN n_periods >= 6 AND n_window >= 6 THEN (coalesce(amounts.a, 0) / days_now - coalesce(amounts.b, 0) / days_before)
        / nullif(abs(coalesce(amounts.a, 0) / days_now) + abs(coalesce(amounts.b, 0) / days_before), 0)
        END AS net_amount_trend_index_6p,
    CASE WHEN n_periods >= 6 AND n_window >= 6 THEN (coalesce(visits.a, 0) / days_now - coalesce(visits.b, 0) / days_before)
        / nullif(coalesce(visits.a, 0) / days_now + coalesce(visits.b, 0) / days_before, 0) END AS web_visits_trend_index_6p
FROM population JOIN young USING (customer_id)
LEFT JOIN active USING (customer_id) LEFT JOIN counts USING (customer_id) LEFT JOIN amounts USING (customer_id)
LEFT JOIN visits USING (customer_id) LEFT JOIN lasts USING (customer_id)
