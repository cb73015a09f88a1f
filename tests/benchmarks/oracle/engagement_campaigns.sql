-- Engagement with campaigns, of sources that tell openings or answers: a contact counts by the end of the next month.
WITH contacts AS (
    SELECT customer_id, campaign_id, date_trunc('month', sent_at AT TIME ZONE $zone) AS month,
        least($as_of, ((date_trunc('month', sent_at AT TIME ZONE $zone) + INTERVAL 2 MONTH) AT TIME ZONE $zone)) AS until,
        source IN (SELECT source FROM tells WHERE entity = 'campaign_contacts' AND said = 'opened_at') AS is_openable,
        EXISTS (FROM tells WHERE entity = 'coupon_redemptions') OR source IN (
            SELECT source FROM tells WHERE entity = 'campaign_contacts' AND said IN ('responded_at', 'redeemed_at')
        ) AS is_answerable,
        coalesce(opened_at < until, false) AS is_opened,
        coalesce(responded_at < until, false) OR coalesce(redeemed_at < until, false) AS is_answered
    FROM campaign_contacts JOIN links USING (account_id) WHERE sent_at >= $start AND sent_at < $as_of
),
redeemed AS (
    SELECT customer_id, campaign_id, account_id, period,
        date_trunc('month', redeemed_at AT TIME ZONE $zone) AS month, count(*) AS n
    FROM coupon_redemptions JOIN links USING (account_id)
    WHERE redeemed_at >= $start AND redeemed_at < $as_of GROUP BY ALL
),
-- The redemptions of an account in a month answer one contact of their campaign.
answering AS (SELECT customer_id, campaign_id, count(*) AS n FROM redeemed GROUP BY ALL),
by_campaign AS (
    SELECT customer_id, campaign_id, count(*) AS contacts, count(*) FILTER (is_answerable) AS n,
        count(*) FILTER (is_answered) AS answered
    FROM contacts GROUP BY ALL
),
responses AS (
    SELECT customer_id, sum(contacts) AS contacts, sum(b.n) AS n, sum(least(b.n, greatest(answered, coalesce(a.n, 0)))) AS answered
    FROM by_campaign b LEFT JOIN answering a USING (customer_id, campaign_id) GROUP BY ALL
),
openings AS (SELECT customer_id, count(*) AS n, avg(is_opened::INT) AS share FROM contacts WHERE is_openable GROUP BY ALL),
-- Contacts of the month before, answered by the end of this.
due_by_campaign AS (
    SELECT customer_id, campaign_id, count(*) AS n, count(*) FILTER (is_answered) AS answered
    FROM contacts WHERE month = date_trunc('month', $as_of AT TIME ZONE $zone) - INTERVAL 2 MONTH AND is_answerable GROUP BY ALL
),
due_answering AS (
    SELECT customer_id, campaign_id, count(*) AS n FROM redeemed WHERE month >= date_trunc('month', $as_of AT TIME ZONE $zone) - INTERVAL 2 MONTH GROUP BY ALL
),
due AS (
    SELECT customer_id, sum(d.n) AS n, sum(least(d.n, greatest(answered, coalesce(a.n, 0)))) AS answered
    FROM due_by_campaign d LEFT JOIN due_answering a USING (customer_id, campaign_id) GROUP BY ALL
),
redemptions AS (SELECT customer_id, sum(n) AS n FROM redeemed GROUP BY ALL)
SELECT
    customer_id,
    coalesce(responses.contacts, 0) AS campaign_contacts_count_12p,
    coalesce(responses.n, 0) AS campaign_answerable_count_12p,
    coalesce(openings.n, 0) AS campaign_openable_count_12p,
    coalesce(redemptions.n, 0) AS coupon_redemptions_count_12p,
    coalesce(responses.answered, 0) AS campaign_responses_count_12p,
    coalesce(due.n, 0) AS campaign_due_contacts_count_2p,
    coalesce(due.answered, 0) AS campaign_due_responses_count_2p,
    responses.answered / nullif(responses.n, 0) AS campaign_response_share_12p,
    share AS campaign_open_share_12p
FROM population LEFT JOIN responses USING (customer_id)
LEFT JOIN due USING (customer_id)
LEFT JOIN openings USING (customer_id) LEFT JOIN redemptions USING (customer_id)
