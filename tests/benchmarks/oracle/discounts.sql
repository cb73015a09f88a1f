-- Price sensitivity as bought: products bought again, and only with discounts.
WITH repeated AS (
    SELECT customer_id, product_id, count(*) AS n, bool_and(discount_amount > 0) AS is_only
    FROM orders JOIN links USING (account_id)
    WHERE ordered_at >= $start AND ordered_at < $as_of AND NOT is_return AND product_id IS NOT NULL
    GROUP BY ALL HAVING count(*) > 1
),
counted AS (SELECT customer_id, sum(n) AS n, sum(n) FILTER (is_only) AS only_discounted FROM repeated GROUP BY ALL)
SELECT
    customer_id,
    coalesce(n, 0) AS repeated_product_lines_count_12p,
    CASE WHEN n > 0 THEN coalesce(only_discounted, 0) / n END AS discount_only_share_12p
FROM population LEFT JOIN counted USING (customer_id)
