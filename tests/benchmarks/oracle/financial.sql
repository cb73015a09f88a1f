-- Finance: balances of the customer's last month with any, of the last three.
WITH observed AS (
    SELECT customer_id, account_id, holding_id, risk_level,
        regexp_replace(lower(trim(asset_class)), '[\s_-]+', ' ', 'g') AS asset_class, is_liability, source, line_key,
        balance_amount, observed_at, date_trunc('month', observed_at AT TIME ZONE $zone) AS month
    FROM holdings JOIN links USING (account_id)
    WHERE observed_at < $as_of AND observed_at >= greatest($start,
        (date_trunc('month', $as_of AT TIME ZONE $zone) - INTERVAL 3 MONTH) AT TIME ZONE $zone)
),
newest AS (SELECT customer_id, max(month) AS month FROM observed GROUP BY ALL),
held AS (
    SELECT * FROM observed JOIN newest USING (customer_id, month)
    QUALIFY row_number() OVER (
        PARTITION BY account_id, source, holding_id ORDER BY observed_at DESC, line_key DESC
    ) = 1
),
sums AS (
    SELECT customer_id, count(*) AS n,
        coalesce(sum(balance_amount) FILTER (NOT is_liability), 0) AS assets,
        coalesce(sum(balance_amount) FILTER (is_liability), 0) AS liabilities,
        coalesce(sum(balance_amount) FILTER (NOT is_liability AND asset_class IN ('deposit', 'deposits', 'savings', 'cash', 'current account', 'time deposit')), 0) AS deposits,
        coalesce(sum(balance_amount) FILTER (NOT is_liability AND asset_class IN ('bond', 'bonds', 'fixed income')), 0) AS bonds,
        coalesce(sum(balance_amount) FILTER (NOT is_liability AND asset_class IN ('insurance', 'life insurance', 'pension')), 0) AS insurance,
        coalesce(sum(balance_amount) FILTER (NOT is_liability AND asset_class IN ('fund', 'funds', 'etf', 'mutual fund')), 0) AS funds,
        coalesce(sum(balance_amount) FILTER (NOT is_liability AND asset_class IN ('share', 'shares', 'stock', 'stocks', 'equity', 'equities')), 0) AS shares,
        sum(balance_amount * CASE risk_level WHEN 'high' THEN 1 WHEN 'medium' THEN 0.5 ELSE 0 END)
            FILTER (NOT is_liability AND risk_level IS NOT NULL) AS risky,
        sum(balance_amount) FILTER (NOT is_liability AND risk_level IS NOT NULL) AS judged
    FROM held GROUP BY ALL
)
SELECT
    customer_id,
    n AS instruments_count_3p,
    assets AS assets_amount_3p,
    liabilities AS liabilities_amount_3p,
    assets - liabilities AS net_worth_amount_3p,
    deposits AS deposits_amount_3p,
    bonds AS bonds_amount_3p,
    insurance AS insurance_amount_3p,
    funds AS funds_amount_3p,
    shares AS shares_amount_3p,
    risky::DOUBLE / nullif(judged::DOUBLE, 0) AS risk_taken_share_3p
FROM population LEFT JOIN sums USING (customer_id)
