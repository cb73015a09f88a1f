-- Tone of texts, counted as a reader would: scores of texts joined to the events in which they were written.
WITH happened AS (
    SELECT 'support_contacts' AS entity, period, source, line_key, account_id, contact_opened_at AS moment FROM support_contacts
    UNION ALL SELECT 'survey_answers', period, source, line_key, account_id, answered_at FROM survey_answers
    UNION ALL SELECT 'interviews', period, source, line_key, account_id, held_at FROM interviews
    UNION ALL SELECT 'social_activity', period, source, line_key, account_id, occurred_at FROM social_activity
),
toned AS (
    SELECT customer_id, count(tone_index) AS n, avg(tone_index) AS mean,
        count(*) FILTER (tone_class = 'negative') / nullif(count(tone_index), 0) AS negative
    FROM scores
        JOIN happened USING (entity, period, source, line_key)
        JOIN links ON links.account_id = happened.account_id
    WHERE moment >= $start AND moment < $as_of
    GROUP BY ALL
)
SELECT population.customer_id,
    coalesce(n, 0) AS toned_texts_count_12p,
    mean AS tone_index_12p,
    negative AS negative_texts_share_12p
FROM population LEFT JOIN toned USING (customer_id)
