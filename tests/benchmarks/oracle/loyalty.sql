-- Loyalty: lapses between order days, referrals made, answers that promote. Lapses within a month are those of
-- each account, as ledgers hold them; those over the end of a month are the customer's.
WITH days AS (
    SELECT customer_id, account_id, period, min(ordered_date) AS day
    FROM orders JOIN links USING (account_id)
    WHERE ordered_at >= $start AND ordered_at < $as_of AND NOT is_return
    GROUP BY customer_id, account_id, period, source, order_id
),
within_months AS (
    SELECT customer_id,
        date_diff('day', lag(day) OVER (PARTITION BY customer_id, account_id, period ORDER BY day), day) AS gap
    FROM days
),
months AS (SELECT customer_id, period, min(day) AS first, max(day) AS last FROM days GROUP BY ALL),
over_ends AS (
    SELECT customer_id,
        date_diff('day', max(last) OVER (
            PARTITION BY customer_id ORDER BY period ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ), first) AS gap
    FROM months
),
lapses AS (
    SELECT customer_id, nullif(max(gap), 0) AS longest
    FROM (FROM within_months UNION ALL FROM over_ends) GROUP BY ALL
),
brought AS (
    SELECT customer_id, count(*) AS n FROM referrals JOIN links USING (account_id)
    WHERE referred_at >= $start AND referred_at < $as_of GROUP BY ALL
),
nps AS (
    SELECT customer_id, count(*) FILTER (answer_value >= 9) / count(*) AS share
    FROM survey_answers JOIN links USING (account_id)
    WHERE answered_at >= $start AND answered_at < $as_of AND question = 'nps' AND answer_value BETWEEN 0 AND 10
    GROUP BY ALL
)
SELECT
    customer_id,
    longest AS longest_gap_days_12p,
    coalesce(brought.n, 0) AS referrals_count_12p,
    nps.share AS promoter_answers_share_12p
FROM population
LEFT JOIN lapses USING (customer_id)
LEFT JOIN brought USING (customer_id)
LEFT JOIN nps USING (customer_id)
