-- Psychographics: how many answers to each question, 1 to 5, and their mean.
WITH answers AS (
    SELECT customer_id, question, answer_value::DOUBLE AS value
    FROM survey_answers JOIN links USING (account_id)
    WHERE answered_at >= $start AND answered_at < $as_of AND answer_value BETWEEN 1 AND 5
),
counted AS (
    SELECT customer_id,
        count(*) FILTER (question = 'values_openness') AS values_openness_answers_count_12p,
        avg(value) FILTER (question = 'values_openness') AS values_openness_mean_12p,
        count(*) FILTER (question = 'values_conservation') AS values_conservation_answers_count_12p,
        avg(value) FILTER (question = 'values_conservation') AS values_conservation_mean_12p,
        count(*) FILTER (question = 'values_self_enhancement') AS values_self_enhancement_answers_count_12p,
        avg(value) FILTER (question = 'values_self_enhancement') AS values_self_enhancement_mean_12p,
        count(*) FILTER (question = 'values_self_transcendence') AS values_self_transcendence_answers_count_12p,
        avg(value) FILTER (question = 'values_self_transcendence') AS values_self_transcendence_mean_12p,
        count(*) FILTER (question = 'personality_openness') AS personality_openness_answers_count_12p,
        avg(value) FILTER (question = 'personality_openness') AS personality_openness_mean_12p,
        count(*) FILTER (question = 'personality_conscientiousness') AS personality_conscientiousness_answers_count_12p,
        avg(value) FILTER (question = 'personality_conscientiousness') AS personality_conscientiousness_mean_12p,
        count(*) FILTER (question = 'personality_extraversion') AS personality_extraversion_answers_count_12p,
        avg(value) FILTER (question = 'personality_extraversion') AS personality_extraversion_mean_12p,
        count(*) FILTER (question = 'personality_agreeableness') AS personality_agreeableness_answers_count_12p,
        avg(value) FILTER (question = 'personality_agreeableness') AS personality_agreeableness_mean_12p,
        count(*) FILTER (question = 'personality_neuroticism') AS personality_neuroticism_answers_count_12p,
        avg(value) FILTER (question = 'personality_neuroticism') AS personality_neuroticism_mean_12p,
        count(*) FILTER (question = 'lifestyle_activities') AS lifestyle_activities_answers_count_12p,
        avg(value) FILTER (question = 'lifestyle_activities') AS lifestyle_activities_mean_12p,
        count(*) FILTER (question = 'lifestyle_interests') AS lifestyle_interests_answers_count_12p,
        avg(value) FILTER (question = 'lifestyle_interests') AS lifestyle_interests_mean_12p,
        count(*) FILTER (question = 'lifestyle_opinions') AS lifestyle_opinions_answers_count_12p,
        avg(value) FILTER (question = 'lifestyle_opinions') AS lifestyle_opinions_mean_12p
    FROM answers GROUP BY ALL
)
SELECT
    customer_id,
    coalesce(values_openness_answers_count_12p, 0) AS values_openness_answers_count_12p,
    values_openness_mean_12p,
    coalesce(values_conservation_answers_count_12p, 0) AS values_conservation_answers_count_12p,
    values_conservation_mean_12p,
    coalesce(values_self_enhancement_answers_count_12p, 0) AS values_self_enhancement_answers_count_12p,
    values_self_enhancement_mean_12p,
    coalesce(values_self_transcendence_answers_count_12p, 0) AS values_self_transcendence_answers_count_12p,
    values_self_transcendence_mean_12p,
    coalesce(personality_openness_answers_count_12p, 0) AS personality_openness_answers_count_12p,
    personality_openness_mean_12p,
    coalesce(personality_conscientiousness_answers_count_12p, 0) AS personality_conscientiousness_answers_count_12p,
    personality_conscientiousness_mean_12p,
    coalesce(personality_extraversion_answers_count_12p, 0) AS personality_extraversion_answers_count_12p,
    personality_extraversion_mean_12p,
    coalesce(personality_agreeableness_answers_count_12p, 0) AS personality_agreeableness_answers_count_12p,
    personality_agreeableness_mean_12p,
    coalesce(personality_neuroticism_answers_count_12p, 0) AS personality_neuroticism_answers_count_12p,
    personality_neuroticism_mean_12p,
    coalesce(lifestyle_activities_answers_count_12p, 0) AS lifestyle_activities_answers_count_12p,
    lifestyle_activities_mean_12p,
    coalesce(lifestyle_interests_answers_count_12p, 0) AS lifestyle_interests_answers_count_12p,
    lifestyle_interests_mean_12p,
    coalesce(lifestyle_opinions_answers_count_12p, 0) AS lifestyle_opinions_answers_count_12p,
    lifestyle_opinions_mean_12p
FROM population LEFT JOIN counted USING (customer_id)
