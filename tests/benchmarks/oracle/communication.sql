-- Communication: contacts of the window by kind and channel, interviews and their themes, by customer.
WITH contacts AS (
    SELECT customer_id, contact_kind, channel
    FROM support_contacts JOIN links USING (account_id)
    WHERE contact_opened_at >= $start AND contact_opened_at < $as_of
),
kinds AS (
    SELECT customer_id, count(*) AS n,
        count(*) FILTER (contact_kind = 'question') AS questions,
        count(*) FILTER (contact_kind = 'complaint') AS complaints,
        count(*) FILTER (contact_kind = 'refund_claim') AS claims,
        count(*) FILTER (contact_kind = 'dispute') AS disputes,
        count(*) FILTER (contact_kind = 'praise') AS praises
    FROM contacts GROUP BY ALL
),
by_channel AS (
    SELECT customer_id, channel, count(*) AS n FROM contacts WHERE channel IS NOT NULL GROUP BY ALL
),
channels AS (
    SELECT customer_id, count(*) AS channels, max(n) / sum(n) AS share,
        (list(channel ORDER BY n DESC, channel))[1] AS top
    FROM by_channel GROUP BY ALL
),
held AS (
    SELECT customer_id, themes FROM interviews JOIN links USING (account_id)
    WHERE held_at >= $start AND held_at < $as_of
),
talks AS (SELECT customer_id, count(*) AS n FROM held GROUP BY ALL),
by_theme AS (
    SELECT customer_id, theme, count(*) AS n
    FROM (SELECT customer_id, trim(unnest(string_split(themes, ';'))) AS theme FROM held) GROUP BY ALL
),
themes AS (
    SELECT customer_id, count(*) AS themes, (list(theme ORDER BY n DESC, theme))[1] AS top
    FROM by_theme GROUP BY ALL
)
SELECT
    customer_id,
    coalesce(kinds.n, 0) AS support_contacts_count_12p,
    coalesce(kinds.n, 0) * 30 / exposure_days AS support_contacts_per_30_days_12p,
    coalesce(questions, 0) AS questions_count_12p,
    coalesce(disputes, 0) AS disputes_count_12p,
    coalesce(praises, 0) AS praises_count_12p,
    questions / kinds.n AS question_contacts_share_12p,
    complaints / kinds.n AS complaint_contacts_share_12p,
    claims / kinds.n AS refund_claim_contacts_share_12p,
    disputes / kinds.n AS dispute_contacts_share_12p,
    praises / kinds.n AS praise_contacts_share_12p,
    coalesce(channels, 0) AS support_channels_count_12p,
    channels.top AS top_support_channel_12p,
    channels.share AS top_support_channel_share_12p,
    coalesce(talks.n, 0) AS interviews_count_12p,
    coalesce(themes.themes, 0) AS interview_themes_count_12p,
    themes.top AS top_interview_theme_12p
FROM population
LEFT JOIN kinds USING (customer_id)
LEFT JOIN channels USING (customer_id)
LEFT JOIN talks USING (customer_id)
LEFT JOIN themes USING (customer_id)
