-- Response to discounts: least squares of ln quantity on ln price with a level for each product.
WITH points AS (
    SELECT customer_id, product_id,
        round(ln(net_amount::DOUBLE / (net_amount + discount_amount)::DOUBLE), 4) AS p, round(ln(quantity::DOUBLE), 4) AS q
    FROM orders JOIN links USING (account_id)
    WHERE ordered_at >= $start AND ordered_at < $as_of AND NOT is_return AND product_id IS NOT NULL
        AND quantity > 0 AND net_amount > 0
),
products AS (
    SELECT customer_id, product_id, count(*) * var_pop(p) AS pp, count(*) * covar_pop(p, q) AS pq FROM points GROUP BY ALL
),
sums AS (SELECT customer_id, sum(pp) AS pp, sum(pq) AS pq FROM products GROUP BY ALL)
SELECT
    customer_id,
    floor(round(coalesce(pp, 0), 9) / ln(0.9) ** 2)::BIGINT AS discount_response_evidence_12p,
    CASE WHEN round(pp, 9) / ln(0.9) ** 2 >= 1 THEN -pq / pp END AS discount_response_12p
FROM population LEFT JOIN sums USING (customer_id)
