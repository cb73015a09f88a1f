-- Sales readiness: leads as they stood last, quotations and their answers before as_of, stated intent.
WITH changes AS (
    SELECT customer_id, lead_id, stage, stage_changed_at, last_contacted_at, expected_purchase_at
    FROM leads JOIN links USING (account_id)
    WHERE stage_changed_at >= $start AND stage_changed_at < $as_of
),
-- Two changes within one second: the stage that comes last by the alphabet.
ranked AS (
    SELECT *, row_number() OVER (
        PARTITION BY customer_id, lead_id ORDER BY date_trunc('second', stage_changed_at) DESC, stage DESC
    ) AS place
    FROM changes
),
stood AS (SELECT * FROM ranked WHERE place = 1),
by_lead AS (
    SELECT customer_id,
        count(*) FILTER (stage NOT IN ('won', 'lost')) AS open,
        count(*) FILTER (stage IN ('new', 'contacted')) AS asked,
        count(*) FILTER (stage IN ('qualified', 'proposal')) AS advanced,
        count(*) FILTER (stage = 'postponed') AS postponed,
        count(*) AS leads,
        count(*) FILTER (stage = 'won') AS won,
        count(*) FILTER (stage = 'lost') AS lost,
        arg_max(stage, (date_trunc('second', stage_changed_at), stage)) AS stage,
        min(expected_purchase_at) FILTER (stage NOT IN ('won', 'lost')) AS expected
    FROM stood GROUP BY ALL
),
moments AS (
    SELECT customer_id, max(stage_changed_at) AS changed,
        max(last_contacted_at) FILTER (last_contacted_at < $as_of) AS contacted
    FROM changes GROUP BY ALL
),
quoted AS (
    SELECT customer_id, count(*) AS n, sum(quoted_amount) AS amount,
        count(*) FILTER (responded_at < $as_of) AS answered,
        count(*) FILTER (responded_at < $as_of AND outcome = 'accepted') AS accepted,
        count(*) FILTER (responded_at IS NULL OR responded_at >= $as_of) AS waiting,
        max(quoted_at) FILTER (responded_at IS NULL OR responded_at >= $as_of) AS since
    FROM quotes JOIN links USING (account_id)
    WHERE quoted_at >= $start AND quoted_at < $as_of GROUP BY ALL
),
intent AS (
    SELECT customer_id, count(*) AS n, avg(answer_value::DOUBLE) AS mean
    FROM survey_answers JOIN links USING (account_id)
    WHERE answered_at >= $start AND answered_at < $as_of AND question = 'intent' AND answer_value BETWEEN 1 AND 5
    GROUP BY ALL
)
SELECT
    customer_id,
    coalesce(leads, 0) AS leads_count_12p,
    coalesce(open, 0) AS open_leads_count_12p,
    coalesce(asked, 0) AS asked_leads_count_12p,
    coalesce(advanced, 0) AS advanced_leads_count_12p,
    coalesce(postponed, 0) AS postponed_leads_count_12p,
    coalesce(won, 0) AS won_leads_count_12p,
    coalesce(lost, 0) AS lost_leads_count_12p,
    by_lead.stage AS lead_stage_12p,
    date_diff('second', changed, $as_of) / 86400.0 AS lead_change_recency_days,
    date_diff('second', contacted, $as_of) / 86400.0 AS sales_contact_recency_days,
    date_diff('second', $as_of, expected) / 86400.0 AS expected_purchase_days,
    coalesce(quoted.n, 0) AS quotes_count_12p,
    coalesce(amount, 0) AS quoted_amount_12p,
    coalesce(answered, 0) AS answered_quotes_count_12p,
    coalesce(waiting, 0) AS unanswered_quotes_count_12p,
    date_diff('second', since, $as_of) / 86400.0 AS unanswered_quote_recency_days,
    accepted / nullif(answered, 0) AS accepted_quotes_share_12p,
    coalesce(intent.n, 0) AS intent_answers_count_12p,
    intent.mean AS intent_mean_12p
FROM population
LEFT JOIN by_lead USING (customer_id)
LEFT JOIN moments USING (customer_id)
LEFT JOIN quoted USING (customer_id)
LEFT JOIN intent USING (customer_id)
