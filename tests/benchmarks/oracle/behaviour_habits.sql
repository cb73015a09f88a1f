-- Habits: hours, season, brands, tiers, breadth; of orders and lines bought.
WITH bought AS (
    SELECT customer_id, orders.*, products.category, products.brand, lower(products.price_tier) AS tier
    FROM orders JOIN links USING (account_id) LEFT JOIN products USING (period, product_id)
    WHERE ordered_at >= $start AND ordered_at < $as_of AND NOT is_return
),
per_order AS (
    SELECT customer_id, account_id, orders.source, period, order_id,
        arg_min(ordered_hour, (floor(epoch(ordered_at)), ordered_hour)) AS hour, min(ordered_date) AS day
    FROM orders JOIN links USING (account_id)
    WHERE ordered_at >= $start AND ordered_at < $as_of AND NOT is_return GROUP BY ALL
),
hours AS (
    SELECT customer_id, count(*) AS n, avg((hour < 6)::INT) AS night, avg((hour >= 6 AND hour < 12)::INT) AS morning
    FROM per_order GROUP BY ALL
),
quarters AS (
    SELECT customer_id, max(n) / sum(n) AS strongest
    FROM (SELECT customer_id, quarter(strptime(period, '%Y-%m')) AS q, count(*) AS n FROM per_order GROUP BY ALL)
    GROUP BY ALL
),
lines AS (
    SELECT customer_id, count(*) AS n, count(category) AS categories, count(brand) AS brands, count(tier) AS tiers,
        count(store_id) AS stores, avg((tier = 'premium')::INT) AS premium, avg((tier = 'budget')::INT) AS budget
    FROM bought GROUP BY ALL
),
by_category AS (
    SELECT customer_id, exp(-sum(p * ln(p))) AS effective
    FROM (
        SELECT customer_id, category, count(*) / sum(count(*)) OVER (PARTITION BY customer_id) AS p
        FROM bought WHERE category IS NOT NULL GROUP BY customer_id, category
    ) GROUP BY ALL
),
by_brand AS (
    SELECT customer_id, (array_agg(brand ORDER BY n DESC, brand))[1] AS top, max(n) / sum(n) AS share
    FROM (SELECT customer_id, brand, count(*) AS n FROM bought WHERE brand IS NOT NULL GROUP BY ALL) GROUP BY ALL
),
a_year AS (
    SELECT customer_id, first_seen_at < (($as_of AT TIME ZONE $zone) - INTERVAL 11 MONTH) AT TIME ZONE $zone
        AND $start <= (($as_of AT TIME ZONE $zone) - INTERVAL 12 MONTH) AT TIME ZONE $zone AS is_old
    FROM known
)
SELECT
    customer_id,
    coalesce(lines.n, 0) AS lines_count_12p,
    coalesce(categories, 0) AS category_lines_count_12p,
    coalesce(stores, 0) AS store_lines_count_12p,
    coalesce(brands, 0) AS brand_lines_count_12p,
    coalesce(tiers, 0) AS price_tier_lines_count_12p,
    by_category.effective AS effective_categories_12p,
    by_brand.top AS top_brand_12p,
    by_brand.share AS top_brand_share_12p,
    premium AS premium_lines_share_12p,
    budget AS budget_lines_share_12p,
    morning AS morning_orders_share_12p,
    night AS night_orders_share_12p,
    CASE WHEN is_old THEN strongest END AS strongest_quarter_share_12p
FROM population
JOIN a_year USING (customer_id)
LEFT JOIN hours USING (customer_id)
LEFT JOIN quarters USING (customer_id)
LEFT JOIN lines USING (customer_id)
LEFT JOIN by_category USING (customer_id)
LEFT JOIN by_brand USING (customer_id)
