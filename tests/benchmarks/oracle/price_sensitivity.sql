-- Price sensitivity as stated: answers about how much prices matter.
WITH said AS (
    SELECT customer_id, count(*) AS n, avg(answer_value::DOUBLE) AS mean
    FROM survey_answers JOIN links USING (account_id)
    WHERE answered_at >= $start AND answered_at < $as_of
        AND question = 'price_sensitivity' AND answer_value BETWEEN 1 AND 5
    GROUP BY ALL
)
SELECT
    customer_id,
    coalesce(n, 0) AS price_sensitivity_answers_count_12p,
    mean AS price_sensitivity_mean_12p
FROM population LEFT JOIN said USING (customer_id)
