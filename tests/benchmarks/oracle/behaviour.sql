-- Behaviour: rhythm of order days, baskets, what is bought where. Days are those of each account, as ledgers hold
-- them: two accounts of one customer that order on one day have two order days.
WITH bought AS (
    SELECT customer_id, account_id, o.source, o.period, order_id, o.product_id, store_id, ordered_at, ordered_date,
        ordered_hour, category
    FROM orders o JOIN links USING (account_id)
    LEFT JOIN (SELECT period, product_id, category FROM products) p USING (period, product_id)
    WHERE ordered_at >= $start AND ordered_at < $as_of AND NOT is_return
),
baskets AS (
    SELECT customer_id, account_id, period, min(ordered_date) AS day, arg_min(ordered_hour, (ordered_at, ordered_hour)) AS hour,
        count(*) AS n_lines
    FROM bought GROUP BY customer_id, account_id, source, period, order_id
),
habits AS (
    SELECT customer_id, count(*) AS n, sum(n_lines) AS n_lines,
        avg((isodow(day) >= 6)::INT) AS weekend, avg((hour >= 18)::INT) AS evening
    FROM baskets GROUP BY ALL
),
days AS (SELECT DISTINCT customer_id, account_id, period, day FROM baskets),
rhythm AS (
    SELECT customer_id, count(*) AS n, date_diff('day', min(day), max(day)) AS span FROM days GROUP BY ALL
),
gaps AS (
    SELECT customer_id,
        date_diff('day', lag(day) OVER (PARTITION BY customer_id, account_id, period ORDER BY day), day) AS gap
    FROM days
    UNION ALL
    SELECT customer_id, date_diff('day', max(last) OVER (
        PARTITION BY customer_id ORDER BY period ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), first)
    FROM (SELECT customer_id, period, min(day) AS first, max(day) AS last FROM days GROUP BY ALL)
),
squares AS (SELECT customer_id, sum(gap * gap) AS xx FROM gaps GROUP BY ALL),
categories AS (
    SELECT customer_id, category, count(*) AS n FROM bought WHERE category IS NOT NULL GROUP BY ALL
),
by_category AS (
    SELECT customer_id, count(*) AS distinct_, max(n) / sum(n) AS top_share,
        (array_agg(category ORDER BY n DESC, category))[1] AS top, sum(n * n) / (sum(n) * sum(n)) AS concentration
    FROM categories GROUP BY ALL
),
stores AS (SELECT customer_id, store_id, count(*) AS n FROM bought WHERE store_id IS NOT NULL GROUP BY ALL),
by_store AS (
    SELECT customer_id, count(*) AS distinct_, max(n) / sum(n) AS top_share FROM stores GROUP BY ALL
),
by_product AS (SELECT customer_id, count(DISTINCT product_id) AS distinct_ FROM bought GROUP BY ALL)
SELECT
    customer_id,
    habits.n_lines / habits.n AS lines_per_order_12p,
    coalesce(rhythm.n, 0) AS order_days_count_12p,
    CASE WHEN rhythm.n > 1 AND span > 0 THEN span / (rhythm.n - 1) END AS mean_gap_days_12p,
    CASE WHEN rhythm.n > 2 AND span > 0 THEN sqrt(
        greatest(xx - span * span / (rhythm.n - 1), 0) / (rhythm.n - 2)
    ) / (span / (rhythm.n - 1)) END AS gap_variation_12p,
    by_category.distinct_ AS categories_count_12p,
    nullif(by_product.distinct_, 0) AS products_count_12p,
    top AS top_category_12p,
    by_category.top_share AS top_category_share_12p,
    concentration AS category_concentration_12p,
    by_store.distinct_ AS stores_count_12p,
    by_store.top_share AS top_store_share_12p,
    weekend AS weekend_orders_share_12p,
    evening AS evening_orders_share_12p
FROM population
LEFT JOIN habits USING (customer_id)
LEFT JOIN rhythm USING (customer_id)
LEFT JOIN squares USING (customer_id)
LEFT JOIN by_category USING (customer_id)
LEFT JOIN by_store USING (customer_id)
LEFT JOIN by_product USING (customer_id)
