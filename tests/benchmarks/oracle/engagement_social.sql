-- Engagement on social networks: acts by kind.
WITH acts AS (
    SELECT customer_id,
        count(*) AS n,
        count(*) FILTER (act_kind = 'follow') AS follows,
        count(*) FILTER (act_kind = 'unfollow') AS unfollows,
        count(*) FILTER (act_kind = 'like') AS likes,
        count(*) FILTER (act_kind = 'share') AS shares,
        count(*) FILTER (act_kind = 'comment') AS comments,
        count(*) FILTER (act_kind = 'mention') AS mentions,
        date_diff('second', max(occurred_at), $as_of) / 86400.0 AS recency,
        avg((act_kind IN ('share', 'mention'))::INT) AS spreading
    FROM social_activity JOIN links USING (account_id)
    WHERE occurred_at >= $start AND occurred_at < $as_of GROUP BY ALL
)
SELECT
    customer_id,
    coalesce(n, 0) AS social_acts_count_12p,
    coalesce(follows, 0) AS social_follows_count_12p,
    coalesce(unfollows, 0) AS social_unfollows_count_12p,
    coalesce(likes, 0) AS social_likes_count_12p,
    coalesce(shares, 0) AS social_shares_count_12p,
    coalesce(comments, 0) AS social_comments_count_12p,
    coalesce(mentions, 0) AS social_mentions_count_12p,
    recency AS social_act_recency_days,
    spreading AS social_spreading_share_12p
FROM population LEFT JOIN acts USING (customer_id)
