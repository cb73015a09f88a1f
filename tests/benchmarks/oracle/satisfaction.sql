-- Satisfaction, counted as a reader would: answers, contacts and order lines of the window, by customer.
WITH answers AS (
    SELECT customer_id, question, answer_value::DOUBLE AS value
    FROM survey_answers JOIN links USING (account_id)
    WHERE answered_at >= $start AND answered_at < $as_of
),
csat AS (
    SELECT customer_id, count(*) AS n, avg(value) AS mean
    FROM answers WHERE question = 'satisfaction' AND value BETWEEN 1 AND 5 GROUP BY ALL
),
nps AS (
    SELECT customer_id, count(*) AS n, avg(value) AS mean,
        avg(CASE WHEN value >= 9 THEN 1 WHEN value <= 6 THEN -1 ELSE 0 END) AS net
    FROM answers WHERE question = 'nps' AND value BETWEEN 0 AND 10 GROUP BY ALL
),
contacts AS (
    SELECT customer_id, contact_kind, refund_amount,
        date_diff('second', contact_opened_at, contact_closed_at) / 86400.0 AS days,
        contact_closed_at < $as_of AND contact_closed_at < (
            date_trunc('month', contact_opened_at AT TIME ZONE $zone) + INTERVAL 2 MONTH
        ) AT TIME ZONE $zone AS is_closed
    FROM support_contacts JOIN links USING (account_id)
    WHERE contact_opened_at >= $start AND contact_opened_at < $as_of
),
support AS (
    SELECT customer_id, count(*) AS n,
        count(*) FILTER (contact_kind = 'complaint') AS complaints,
        count(*) FILTER (contact_kind = 'refund_claim') AS claims,
        count(*) FILTER (is_closed) AS closed,
        avg(greatest(days, 0)) FILTER (is_closed) AS days,
        coalesce(sum(refund_amount) FILTER (is_closed), 0) AS refunded
    FROM contacts GROUP BY ALL
),
lines AS (
    SELECT customer_id, source, period, order_id, is_return, net_amount
    FROM orders JOIN links USING (account_id) WHERE ordered_at >= $start AND ordered_at < $as_of
),
bought AS (
    SELECT customer_id,
        count(DISTINCT (source, period, order_id)) FILTER (NOT is_return) AS orders,
        (-sum(net_amount) FILTER (is_return))::DOUBLE AS returned,
        (sum(net_amount) FILTER (NOT is_return))::DOUBLE AS bought
    FROM lines GROUP BY ALL
)
SELECT
    customer_id,
    coalesce(csat.n, 0) AS csat_answers_count_12p,
    csat.mean AS csat_mean_12p,
    coalesce(nps.n, 0) AS nps_answers_count_12p,
    nps.mean AS nps_mean_12p,
    nps.net AS nps_index_12p,
    coalesce(complaints, 0) AS complaints_count_12p,
    coalesce(complaints, 0) * 30 / exposure_days AS complaints_per_30_days_12p,
    coalesce(complaints, 0) / nullif(orders, 0) AS complaints_per_order_12p,
    coalesce(claims, 0) AS refund_claims_count_12p,
    coalesce(claims, 0) / nullif(orders, 0) AS refund_claims_per_order_12p,
    coalesce(refunded, 0) AS refunded_amount_12p,
    coalesce(closed, 0) AS closed_contacts_count_12p,
    support.days AS resolution_mean_days_12p,
    coalesce(returned, 0) / nullif(bought, 0) AS returned_share_12p,
    coalesce(csat.n, 0) + coalesce(nps.n, 0) + coalesce(support.n, 0) + coalesce(orders, 0)
        AS satisfaction_evidence_count_12p
FROM population
LEFT JOIN csat USING (customer_id)
LEFT JOIN nps USING (customer_id)
LEFT JOIN support USING (customer_id)
LEFT JOIN bought USING (customer_id)
