-- Trend: value of the last three months against the nine before, slope of orders over months, one change point of them. Days are those that
-- passed: the month in which clocks are set has an hour more, or less.
WITH months AS (
    SELECT unnest(generate_series(
        date_trunc('month', $start AT TIME ZONE $zone),
        date_trunc('month', $as_of AT TIME ZONE $zone) - INTERVAL 1 MONTH,
        INTERVAL 1 MONTH
    )) AS month, date_diff('second', month AT TIME ZONE $zone, (month + INTERVAL 1 MONTH) AT TIME ZONE $zone) / 86400.0 AS days
),
lines AS (
    SELECT customer_id, account_id, orders.source, order_id, is_return, net_amount,
        strptime(period, '%Y-%m') AS month,
        strptime(period, '%Y-%m') >= date_trunc('month', $as_of AT TIME ZONE $zone) - INTERVAL 3 MONTH AS is_now
    FROM orders JOIN links USING (account_id) WHERE ordered_at >= $start AND ordered_at < $as_of
),
spans AS (
    SELECT count(*) AS many,
        sum(days)
            FILTER (month >= date_trunc('month', $as_of AT TIME ZONE $zone) - INTERVAL 3 MONTH) AS days_now,
        sum(days) - days_now AS days_before
    FROM months
),
levels AS (
    SELECT customer_id,
        coalesce(sum(net_amount) FILTER (is_now), 0)::DOUBLE / any_value(days_now) AS a,
        coalesce(sum(net_amount) FILTER (NOT is_now), 0)::DOUBLE / any_value(days_before) AS b
    FROM lines, spans GROUP BY ALL
),
per_month AS (
    SELECT customer_id, month, count(DISTINCT (account_id, source, order_id)) AS n
    FROM lines WHERE NOT is_return GROUP BY ALL
),
rates AS (
    SELECT customer_id, month, coalesce(n, 0) AS n, days / 30.0 AS t, coalesce(n, 0) * 30.0 / days AS rate,
        date_diff('month', TIMESTAMP '2000-01-01', month) AS x
    FROM known CROSS JOIN months LEFT JOIN per_month USING (customer_id, month)
    WHERE month > first_seen_at AT TIME ZONE $zone
),
slopes AS (
    SELECT customer_id, regr_slope(rate, x) / nullif(avg(rate), 0) AS slope
    FROM rates GROUP BY ALL HAVING count(*) >= 6
),
begins AS (
    SELECT customer_id, row_number() OVER back AS periods,
        sum(n) OVER back AS n2, sum(t) OVER back AS t2,
        sum(n) OVER every - n2 AS n1, sum(t) OVER every - t2 AS t1, sum(n) OVER every / sum(t) OVER every AS m
    FROM rates SEMI JOIN slopes USING (customer_id)
    WINDOW every AS (PARTITION BY customer_id), back AS (PARTITION BY customer_id ORDER BY month DESC)
    QUALIFY row_number() OVER back < count(*) OVER every AND sum(n) OVER every >= 4
),
weighed AS (
    SELECT *, (t1 + t2) / (t1 + r * t2) AS a, r * a AS b,
        n1 * ln(a) - (n1 + 16 * t1) * ln((16 + a * m) / (16 + m))
        + n2 * ln(b) - (n2 + 16 * t2) * ln((16 + b * m) / (16 + m)) AS l
    FROM begins, (VALUES (0.125), (0.25), (0.5), (2.0), (4.0), (8.0)) AS factors (r)
),
changes AS (
    SELECT customer_id, avg(exp(l)) AS evidence, arg_max(periods, l) AS age,
        arg_max(n2 / t2, l) AS now, arg_max(n1 / t1, l) AS before
    FROM weighed GROUP BY ALL
)
SELECT
    customer_id,
    CASE WHEN many = 12 AND first_seen_at < (($as_of AT TIME ZONE $zone) - INTERVAL 11 MONTH) AT TIME ZONE $zone
        THEN (a - b) / nullif(abs(a) + abs(b), 0) END AS net_amount_level_index_12p,
    slope AS orders_slope_12p,
    evidence / (1 + evidence) AS orders_change_probability_12p,
    CASE WHEN evidence >= 1 THEN age END AS orders_change_age_periods_12p,
    CASE WHEN evidence >= 1 THEN (now - before) / (now + before) END AS orders_change_index_12p
FROM population JOIN known USING (customer_id) CROSS JOIN spans
LEFT JOIN levels USING (customer_id) LEFT JOIN slopes USING (customer_id) LEFT JOIN changes USING (customer_id)
