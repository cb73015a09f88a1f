"""The table of how segments go on, with the columns that it alone has.

Belongs here: what is told of a segment in periods to come, and its record. Does not belong here: what is told
of single customers (``forecasts``), or columns of several tables (``fields``).
"""

from pipeline.tables import fields as f
from pipeline.tables.model import FLAG, INTEGER, NUMBER, TEXT, Field, table

#: Of a segment in periods to come.
_SEGMENT_SUM = "sums over segments of publish.min_group_count customers or more"
_UNTRIED = "intervals held fewer than 70% or more than 90%, or were not tried at fourteen earlier periods"
forecast_measure = Field("forecast_measure", TEXT, "What is told of the segment: customers at the end of the period; orders, or net amount (bought less returned, in the project's currency), of these customers in the period.", values=("customers", "orders", "net_amount"), zh="预测的内容：周期末的客户数；或这些客户在该周期内的订单数、净消费额（购买减退货，项目货币）。")
periods_ahead_count = Field("periods_ahead_count", INTEGER, "Periods from this one to the one that is told.", "periods", minimum=1, zh="从本周期到所预测周期的期数。")
target_period = Field("target_period", TEXT, "The period that is told.", safe_by="a period by its key", zh="所预测的周期。")
expected_value = Field("expected_value", NUMBER, "What is expected.", safe_by=_SEGMENT_SUM, zh="预期值。").rounded_to(digits=4)
lower_value = Field("lower_value", NUMBER, "Lower end of the 80% interval.", null_meaning=_UNTRIED, safe_by=_SEGMENT_SUM, zh="80% 区间的下限。").rounded_to(digits=4)
upper_value = Field("upper_value", NUMBER, "Upper end of the 80% interval.", null_meaning=_UNTRIED, safe_by=_SEGMENT_SUM, zh="80% 区间的上限。").rounded_to(digits=4)
series_method = Field("series_method", TEXT, "How it was told: the last period again (the plain baseline); the mean of the last three; the last period and the mean change; a trend that fades; the same period a year ago.", values=("last_period", "mean_of_three", "drift", "damped_trend", "year_ago"), zh="预测方法：重复上一周期（简单基准）；近三期平均；上一周期加平均变化；逐渐减弱的趋势；去年同期。")
is_plain = Field("is_plain", FLAG, "The plain baseline: nothing has been closer in the past.", zh="简单基准：过去没有其他方法更接近实际。")
past_periods_count = Field("past_periods_count", INTEGER, "Periods of the segment's unbroken past that were looked at.", "periods", minimum=3, zh="所依据的该分群连续历史的期数。")
tested_forecasts_count = Field("tested_forecasts_count", INTEGER, "Forecasts of the measure so far ahead, of all segments at earlier periods, whose outcome is known.", "times", minimum=1, zh="该内容、该提前期下，所有分群在更早周期所作、结果已知的预测数。")
scaled_error = Field("scaled_error", NUMBER, "How far off these would have been, in the mean change of each segment from one period to the next; less is better.", minimum=0, zh="这些预测与实际的平均偏差，以各分群相邻周期的平均变化为单位；越小越好。")
plain_scaled_error = Field("plain_scaled_error", NUMBER, "How far off the last period again would have been.", minimum=0, zh="同样情况下重复上一周期的平均偏差。")
interval_coverage_share = Field("interval_coverage_share", NUMBER, "Outcomes inside the 80% interval that would have been told.", "share 0-1", minimum=0, maximum=1, null_meaning="not tried at fourteen earlier periods", zh="实际结果落在当时所给 80% 区间内的比例。")

SEGMENT_FORECASTS = table(
    "segments",
    "forecasts",
    "one measure of one segment so many periods ahead, with the record of what was told in the past",
    "period scheme segment_id forecast_measure periods_ahead_count",
    (
        f.period, f.scheme, f.segment_id, f.label, f.label_zh, forecast_measure, periods_ahead_count, target_period,
        expected_value, lower_value, upper_value, series_method, is_plain, past_periods_count,
        tested_forecasts_count, scaled_error, plain_scaled_error, interval_coverage_share,
    ),
    "lower_value upper_value interval_coverage_share",
)
