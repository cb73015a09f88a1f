-- Usage: rates and trends by unit, services, months with a use.
WITH uses AS (
    SELECT customer_id, product_usage.*,
        used_at >= (($as_of AT TIME ZONE $zone) - INTERVAL 3 MONTH) AT TIME ZONE $zone AS is_now,
        used_at >= (($as_of AT TIME ZONE $zone) - INTERVAL 6 MONTH) AT TIME ZONE $zone AS is_recent
    FROM product_usage JOIN links USING (account_id) WHERE used_at >= $start AND used_at < $as_of
),
days AS (
    SELECT date_diff('day', ($as_of AT TIME ZONE $zone) - INTERVAL 3 MONTH, $as_of AT TIME ZONE $zone) AS days_now,
        date_diff('day', ($as_of AT TIME ZONE $zone) - INTERVAL 6 MONTH, ($as_of AT TIME ZONE $zone) - INTERVAL 3 MONTH)
            AS days_before
),
by_unit AS (
    SELECT customer_id, usage_unit, sum(usage_quantity)::DOUBLE AS quantity, count(*) AS n,
        coalesce(sum(usage_quantity) FILTER (is_now), 0)::DOUBLE / any_value(days_now) AS now_,
        coalesce(sum(usage_quantity) FILTER (is_recent AND NOT is_now), 0)::DOUBLE / any_value(days_before) AS before_
    FROM uses, days GROUP BY ALL
),
units AS (
    SELECT customer_id,
        sum(quantity) FILTER (usage_unit = 'minutes') AS minutes,
        sum(quantity) FILTER (usage_unit = 'gigabytes') AS gigabytes,
        sum(quantity) FILTER (usage_unit = 'messages') AS messages,
        sum(quantity) FILTER (usage_unit = 'logins') AS logins,
        sum(quantity) FILTER (usage_unit = 'add_ons') AS add_ons,
        sum(quantity) FILTER (usage_unit = 'times') AS times,
        sum(n) FILTER (usage_unit = 'minutes') AS minutes_uses,
        sum(n) FILTER (usage_unit = 'gigabytes') AS gigabytes_uses,
        sum(n) FILTER (usage_unit = 'messages') AS messages_uses,
        sum(n) FILTER (usage_unit = 'logins') AS logins_uses,
        sum(n) FILTER (usage_unit = 'add_ons') AS add_ons_uses,
        sum(n) FILTER (usage_unit = 'times') AS times_uses,
        sum((now_ - before_) / nullif(now_ + before_, 0)) FILTER (usage_unit = 'minutes') AS minutes_trend,
        sum((now_ - before_) / nullif(now_ + before_, 0)) FILTER (usage_unit = 'gigabytes') AS gigabytes_trend,
        sum((now_ - before_) / nullif(now_ + before_, 0)) FILTER (usage_unit = 'logins') AS logins_trend,
        sum((now_ - before_) / nullif(now_ + before_, 0)) FILTER (usage_unit = 'add_ons') AS add_ons_trend
    FROM by_unit GROUP BY ALL
),
services AS (
    SELECT customer_id, service, count(*) AS n, count(*) / sum(count(*)) OVER (PARTITION BY customer_id) AS p
    FROM uses GROUP BY customer_id, service
),
spread AS (
    SELECT customer_id, count(*) AS services, exp(-sum(p * ln(p))) AS effective, max(p) AS top_share,
        (array_agg(service ORDER BY n DESC, service))[1] AS top
    FROM services GROUP BY ALL
),
counted AS (
    SELECT customer_id, count(*) AS n, count(*) FILTER (is_recent) AS recent,
        date_diff('second', max(used_at), $as_of) / 86400.0 AS recency
    FROM uses GROUP BY ALL
),
months AS (
    SELECT customer_id, date_diff('month', (used_at AT TIME ZONE $zone), ($as_of AT TIME ZONE $zone)) AS back
    FROM uses GROUP BY ALL
),
by_month AS (
    SELECT customer_id, count(*) AS n, count(*) FILTER (back = 1) AS n_1, count(*) FILTER (back <= 3) AS n_3,
        min(back) - 1 AS last_back, max(back) - 1 AS first_back
    FROM months GROUP BY ALL
),
lived AS (
    SELECT customer_id, date_diff('month',
        (greatest(first_seen_at, $start) AT TIME ZONE $zone), ($as_of AT TIME ZONE $zone)) AS months_lived
    FROM known
),
old_enough AS (
    SELECT customer_id, first_seen_at < (($as_of AT TIME ZONE $zone) - INTERVAL 5 MONTH) AT TIME ZONE $zone
        AND $start <= (($as_of AT TIME ZONE $zone) - INTERVAL 6 MONTH) AT TIME ZONE $zone AS is_old
    FROM known
)
SELECT
    customer_id,
    coalesce(counted.n, 0) AS uses_count_12p,
    coalesce(recent, 0) AS uses_count_6p,
    recency AS use_recency_days,
    coalesce(minutes_uses, 0) AS minutes_uses_count_12p,
    coalesce(gigabytes_uses, 0) AS gigabytes_uses_count_12p,
    coalesce(messages_uses, 0) AS messages_uses_count_12p,
    coalesce(logins_uses, 0) AS logins_uses_count_12p,
    coalesce(add_ons_uses, 0) AS add_ons_uses_count_12p,
    coalesce(times_uses, 0) AS times_uses_count_12p,
    coalesce(minutes, 0) * 30 / exposure_days AS minutes_per_30_days_12p,
    coalesce(gigabytes, 0) * 30 / exposure_days AS gigabytes_per_30_days_12p,
    coalesce(messages, 0) * 30 / exposure_days AS messages_per_30_days_12p,
    coalesce(logins, 0) * 30 / exposure_days AS logins_per_30_days_12p,
    coalesce(add_ons, 0) * 30 / exposure_days AS add_ons_per_30_days_12p,
    coalesce(times, 0) * 30 / exposure_days AS times_per_30_days_12p,
    CASE WHEN is_old THEN minutes_trend END AS minutes_trend_index_6p,
    CASE WHEN is_old THEN gigabytes_trend END AS gigabytes_trend_index_6p,
    CASE WHEN is_old THEN logins_trend END AS logins_trend_index_6p,
    CASE WHEN is_old THEN add_ons_trend END AS add_ons_trend_index_6p,
    coalesce(services, 0) AS services_count_12p,
    top AS top_service_12p,
    top_share AS top_service_share_12p,
    effective AS effective_services_12p,
    coalesce(by_month.n_1, 0) AS used_periods_count_1p,
    coalesce(by_month.n_3, 0) AS used_periods_count_3p,
    coalesce(by_month.n, 0) AS used_periods_count_12p,
    coalesce(by_month.n, 0) / months_lived AS used_periods_share_12p,
    last_back AS use_recency_periods_12p,
    first_back AS use_tenure_periods_12p
FROM population
JOIN old_enough USING (customer_id)
LEFT JOIN counted USING (customer_id)
LEFT JOIN units USING (customer_id)
LEFT JOIN spread USING (customer_id)
LEFT JOIN by_month USING (customer_id)
LEFT JOIN lived USING (customer_id)
