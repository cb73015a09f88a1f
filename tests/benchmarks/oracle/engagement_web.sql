-- Engagement on the web: visits, depth, carts, conversion, devices, entries.
WITH visits AS (
    SELECT customer_id, web_visits.*, lower(trim(device)) AS agent,
        CASE
            WHEN entry_channel IS NULL THEN NULL
            WHEN lower(entry_channel) IN ('search', 'social', 'direct') THEN lower(entry_channel)
            WHEN lower(entry_channel) = 'newsletter' THEN 'email'
            ELSE 'other'
        END AS entry
    FROM web_visits JOIN links USING (account_id) WHERE started_at >= $start AND started_at < $as_of
),
counted AS (
    SELECT customer_id,
        count(*) AS n,
        count(*) FILTER (
            started_at >= (($as_of AT TIME ZONE $zone) - INTERVAL 3 MONTH) AT TIME ZONE $zone
        ) AS recent,
        date_diff('second', max(started_at), $as_of) / 86400.0 AS recency,
        avg(pages_count) AS pages,
        avg(duration_seconds::DOUBLE) AS seconds,
        avg(is_converted::INT) AS converted,
        avg((carts_count > 0)::INT) AS carts,
        count(*) FILTER (carts_count > 0 AND is_converted IS NOT NULL) AS ended,
        avg((NOT is_converted)::INT) FILTER (carts_count > 0) AS carts_left,
        avg((agent IN ('phone', 'tablet'))::INT) AS mobile
    FROM visits GROUP BY ALL
),
entries AS (
    SELECT customer_id, entry, count(*) AS n, sum(count(*)) OVER (PARTITION BY customer_id) AS all_entries
    FROM visits WHERE entry IS NOT NULL GROUP BY customer_id, entry
),
top AS (
    SELECT * FROM entries QUALIFY row_number() OVER (PARTITION BY customer_id ORDER BY n DESC, entry) = 1
)
SELECT
    customer_id,
    coalesce(counted.recent, 0) AS web_visits_count_3p,
    coalesce(counted.n, 0) AS web_visits_count_12p,
    recency AS web_visit_recency_days,
    pages AS web_pages_per_visit_12p,
    seconds AS web_seconds_per_visit_12p,
    converted AS web_conversion_share_12p,
    carts AS web_cart_share_12p,
    coalesce(ended, 0) AS web_carts_count_12p,
    carts_left AS web_carts_left_share_12p,
    mobile AS web_mobile_share_12p,
    top.entry AS web_top_entry_12p,
    top.n / top.all_entries AS web_top_entry_share_12p
FROM population LEFT JOIN counted USING (customer_id) LEFT JOIN top USING (customer_id)
