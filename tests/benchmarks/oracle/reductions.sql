-- Price sensitivity as paid: discounts and coupons on bought lines.
WITH bought AS (
    SELECT customer_id, count(*) AS n, sum(discount_amount)::DOUBLE AS discounts, sum(net_amount)::DOUBLE AS amount,
        count(*) FILTER (discount_amount > 0) AS discounted, count(*) FILTER (coupon_amount > 0) AS coupons
    FROM orders JOIN links USING (account_id)
    WHERE ordered_at >= $start AND ordered_at < $as_of AND NOT is_return GROUP BY ALL
)
SELECT
    customer_id,
    coalesce(discounts, 0) / nullif(amount + coalesce(discounts, 0), 0) AS discount_share_12p,
    discounted / n AS discounted_lines_share_12p,
    coupons / n AS coupon_lines_share_12p
FROM population LEFT JOIN bought USING (customer_id)
