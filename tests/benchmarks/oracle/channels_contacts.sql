-- Channels by which a customer is reached: contacts, answers by the end of the next period and before as_of, cost.
WITH sent AS (
    SELECT customer_id, cost_amount,
        CASE lower(channel) WHEN 'email' THEN 'email' WHEN 'e-mail' THEN 'email' WHEN 'letter' THEN 'post'
            WHEN 'phone' THEN 'phone' WHEN 'telephone' THEN 'phone'
            WHEN 'sms' THEN 'message' ELSE 'other' END AS kind,
        least(
            (date_trunc('month', sent_at AT TIME ZONE $zone) + INTERVAL 2 MONTH) AT TIME ZONE $zone, $as_of
        ) AS until,
        coalesce(responded_at < until, false) OR coalesce(redeemed_at < until, false) AS is_answered
    FROM campaign_contacts JOIN links USING (account_id)
    WHERE sent_at >= $start AND sent_at < $as_of AND channel IS NOT NULL
),
counted AS (
    SELECT customer_id,
        count(*) FILTER (kind = 'email') AS email, avg(is_answered::INT) FILTER (kind = 'email') AS email_share,
        count(*) FILTER (kind = 'message') AS message, avg(is_answered::INT) FILTER (kind = 'message') AS message_share,
        count(*) FILTER (kind = 'phone') AS phone, avg(is_answered::INT) FILTER (kind = 'phone') AS phone_share,
        count(*) FILTER (kind = 'post') AS post, avg(is_answered::INT) FILTER (kind = 'post') AS post_share,
        count(cost_amount) AS priced, sum(cost_amount)::DOUBLE AS cost
    FROM sent GROUP BY ALL
),
answers AS (
    SELECT customer_id, (array_agg(kind ORDER BY n DESC, kind))[1] AS kind
    FROM (
        SELECT customer_id, kind, count(*) AS n FROM sent
        WHERE is_answered AND kind IN ('email', 'message', 'phone', 'post') GROUP BY ALL
    ) GROUP BY ALL
)
SELECT
    customer_id,
    coalesce(email, 0) AS email_contacts_count_12p,
    coalesce(message, 0) AS message_contacts_count_12p,
    coalesce(phone, 0) AS phone_contacts_count_12p,
    coalesce(post, 0) AS post_contacts_count_12p,
    email_share AS email_response_share_12p,
    message_share AS message_response_share_12p,
    phone_share AS phone_response_share_12p,
    post_share AS post_response_share_12p,
    answers.kind AS answering_channel_12p,
    coalesce(priced, 0) AS priced_contacts_count_12p,
    coalesce(cost, 0) AS contact_cost_amount_12p
FROM population LEFT JOIN counted USING (customer_id) LEFT JOIN answers USING (customer_id)
