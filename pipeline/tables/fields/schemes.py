"""Columns of schemes: who is in which segment, versions and their records, the register.

Belongs here: assignments, versions, forecasts, segments and what happens to them. Does not belong here: which table lists a column (one module a zone).
"""

import pyarrow as pa

from pipeline.tables.fields.safe import OF_NAME, OF_PERIOD, OF_SEGMENT, OF_WITHHELD
from pipeline.tables.model import FLAG, INTEGER, NUMBER, TEXT, Field

# --- schemes and segments -------------------------------------------------------------
scheme = Field("scheme", TEXT, "One way of segmenting.", safe_by=OF_NAME, zh="一种分群方式（方案）。")
scheme_version = Field("scheme_version", TEXT, "Frozen version that scored the row: scheme@period of its fit.", null_meaning="no version has been fitted yet", safe_by=OF_NAME, zh="给该行评分的冻结版本：方案@拟合周期。")
segment_id = Field("segment_id", TEXT, "Segment: scheme:name. Outlives refits.", null_meaning="see status", safe_by=OF_SEGMENT, zh="分群编号：方案:名称；重新拟合后仍然有效。")
#: Why a customer is assigned to no segment.
UNASSIGNED = ("insufficient_data", "not_applicable")
status = Field("status", TEXT, "Whether there is an assignment (of a scheme or forecast: a version in force), or the reason why not.", values=("assigned", *UNASSIGNED), zh="是否已归入分群（对方案或预测：是否有现行版本）；若没有，说明原因。")
score = Field("score", NUMBER, "Score of the scheme: for tiers 0-100, higher means more of the quality; for taught schemes the probability of the segment's label, in percent. Where a quasi-identifier takes part that is not published, the mean over all its values with the same segment; so are confidence and margin. Beyond the border of the segment where the customer stays in that of the period before for want of evidence against it (margin 0).", "score 0-100", minimum=0, maximum=100, null_meaning="not assigned, or the scheme has no score", zh="方案的得分：分级方案为 0 至 100，越高表示该特质越强；由标签学习的方案为该分群标签的概率（百分比）。若有未发布的准标识符参与，则为该标识符所有取值下、分群相同时的平均值；把握程度和差距同理。若客户因缺少离开的依据而留在上一周期的分群（差距为 0），得分可在该分群界限之外。").rounded_to(decimals=2)
#: When nothing is said of how sure a segment is.
UNEARNED = "not assigned, or no confidence is earned: the scheme tells facts or holdings, which a second look finds the same, or no second look could be drawn"
confidence = Field("confidence", NUMBER, "Membership in the assigned segment: how likely it would be the same if the customer were observed anew, as second looks at customers like it have it.", "probability 0-1", minimum=0, maximum=1, null_meaning=UNEARNED, zh="属于该分群的程度：若重新观察该客户，仍归入该分群的可能性，由对相似客户的模拟再次观察得出；未归入分群时为空，方案只陈述事实或持有情况、或无法模拟再次观察时也为空。").rounded_to(decimals=4)
runner_up_segment_id = Field("runner_up_segment_id", TEXT, "Next most fitting segment.", null_meaning="not assigned, or no second segment", safe_by=OF_SEGMENT, zh="第二匹配的分群。")
margin = Field("margin", NUMBER, "Confidence minus the runner-up's membership; 0 of a customer who stays in the segment of the period before for want of evidence against it: both then have the same. Below 0 where the runner-up is the more probable.", "probability", minimum=-1, maximum=1, null_meaning=UNEARNED, zh="把握程度与第二匹配分群的归属程度之差；因缺少离开的依据而留在上一周期分群的客户为 0：两者归属程度相同；第二匹配的分群可能性更大时小于 0。").rounded_to(decimals=4)
evidence_share = Field("evidence_share", NUMBER, "How much what was observed tells beyond what is true of all customers: the weighted share of the scheme's inputs that is known, times the information gained on the traits behind them (by what share their variance shrank); at most what was observed (orders, order days) per what the scheme needs at least, the first not counted.", "share 0-1", minimum=0, maximum=1, zh="观测所提供的、超出全体客户共性的信息：已知方案输入的加权占比，乘以对其背后特质所获得的信息（方差缩小的比例）；不超过实际观测数（订单、下单天数，首次不计）与方案最低要求之比。").rounded_to(decimals=6)
feature = Field("feature", TEXT, "Feature, or scheme whose segment mix is profiled.", safe_by=OF_NAME, zh="特征；或被统计分群构成的方案。")
#: What a reason is made of.
REASON_PARTS = (
    feature,
    Field("value", NUMBER, "Value of the feature, as it was seen.", null_meaning="withheld: a quasi-identifier", safe_by=OF_WITHHELD).rounded_to(digits=3),
    Field("direction", TEXT, "Whether it raises or lowers.", values=("raises", "lowers"), null_meaning="withheld: a quasi-identifier", safe_by=OF_WITHHELD),
    Field("contribution", NUMBER, "Contribution to the score or membership: of what is believed of the trait behind the feature, which lies the nearer to that of all customers the less was seen.", null_meaning="withheld: a quasi-identifier", safe_by=OF_WITHHELD).rounded_to(decimals=2),
)
REASON = pa.struct([pa.field(one.name, one.type) for one in REASON_PARTS])


def reason_part(name: str) -> Field:
    """A part of reasons by its name."""
    return next(one for one in REASON_PARTS if one.name == name)


reasons = Field("reasons", pa.list_(REASON), "Up to three features that weighed most: name, value, direction (raises, lowers), contribution to the score or membership; values are as they were seen, contributions are of what is believed; values have 3 significant digits, contributions 2 decimals. A quasi-identifier that is not published is named last, and nothing else of it is told.", null_meaning="not assigned", nested=REASON_PARTS, zh="影响最大的至多三个特征：名称、数值、方向（提高、降低）、对得分或归属的贡献；数值为实际观测值，贡献按对该特质的估计计算；数值保留 3 位有效数字，贡献保留 2 位小数。未发布的准标识符排在最后，且只给出名称。")
is_refit = Field("is_refit", FLAG, "A new version came into force in this period.", zh="本周期有新版本生效。")
fitted_period = Field("fitted_period", TEXT, "Period on whose features the version was fitted.", null_meaning="no version has been fitted yet", safe_by=OF_PERIOD, zh="拟合该版本所用特征的周期。")
parameters = Field("parameters", TEXT, "Frozen parameters of the version, as JSON: of a scheme cut points, grids, centres, trees, weights; of a forecast method, weights, step functions, calibration, intervals. In model_cards without what was fitted on a quasi-identifier that is not published.", null_meaning="no version has been fitted yet", pii="quasi", zh="该版本冻结的参数（JSON）：方案的分界点、网格、中心、决策树、权重；预测的方法、权重、阶梯函数、校准、区间。在 model_cards 中不含由未发布的准标识符拟合出的内容。")
gates = Field("gates", TEXT, "Gates that the last fit had to pass and what came out, as JSON.", null_meaning="no fit was tried", safe_by="gates measure all customers of a fit", zh="上次拟合必须通过的检验及其结果（JSON）。")
customers_fitted_count = Field("customers_fitted_count", INTEGER, "Customers whose features were fitted on.", "customers", minimum=0, null_meaning="no version has been fitted yet", zh="参与拟合的客户数。")
seed = Field("seed", INTEGER, "Seed of the fit.", zh="拟合所用的随机种子。")
#: Which figures of a record are null.
NOT_PROBABLE, NOT_A_QUANTITY = "the forecast is a quantity", "the forecast is a probability"
forecast = Field("forecast", TEXT, "Forecast: column of customer_forecasts; or a segment of a taught scheme: that the label of the customer is this one.", safe_by=OF_NAME, zh="预测：customer_forecasts 的列名；或由标签学习的方案的分群：客户的标签即为该分群。")
forecast_version = Field("forecast_version", TEXT, "Frozen version in force: forecast@period of its fit.", null_meaning="no method has earned it yet", safe_by=OF_NAME, zh="现行的冻结版本：预测@拟合周期。")
method = Field("method", TEXT, "What was tried: forecast (chosen and calibrated inside the past of each origin), a model, or a plain baseline.", safe_by=OF_NAME, zh="所检验的方法：forecast（在每个起点的过去数据内选定并校准）、某个模型或某个简单基准。")
chosen_method = Field("chosen_method", TEXT, "Model that the forecast was at that origin; else the method itself.", safe_by=OF_NAME, zh="该起点上预测所用的模型；其他方法即其自身。")
#: What stands in place of an origin where all origins are told together.
ALL_ORIGINS = "all"
origin_period = Field("origin_period", TEXT, f"Period at whose end the forecasts were given, by models fitted on what was known then; {ALL_ORIGINS}: all origins together, AUC, lift and rank correlation as means, the rest over all customers. Of labels without a time, customers who were held out in place of origins.", safe_by=OF_PERIOD, zh=f"在该周期末、用当时已知数据拟合的模型给出预测；{ALL_ORIGINS} 表示所有起点合计：AUC、提升度和秩相关为平均值，其余按全部客户计算。标签没有时间时，以留出的客户代替起点。")
tested_period = Field("tested_period", TEXT, "Period in which the record was made.", safe_by=OF_PERIOD, zh="得出该检验记录的周期。")
is_published = Field("is_published", FLAG, "What the record earned: this method is published under the forecast's name.", zh="由记录认定：以该预测之名发布的就是此方法。")
tested_customers_count = Field("tested_customers_count", INTEGER, "Customers whose outcome was compared.", "customers", minimum=0, zh="参与比较的客户数。")
outcomes_count = Field("outcomes_count", INTEGER, "Customers with the outcome.", "customers", minimum=0, null_meaning=NOT_PROBABLE, zh="出现该结果的客户数。")
outcome_share = Field("outcome_share", NUMBER, "Share of customers with the outcome.", "share 0-1", minimum=0, maximum=1, null_meaning=NOT_PROBABLE, zh="出现该结果的客户占比。")
auc = Field("auc", NUMBER, "Chance that of two customers, one with the outcome, that one had the higher probability; 0.5 is guessing.", "probability 0-1", minimum=0, maximum=1, null_meaning=f"only one outcome occurred, or {NOT_PROBABLE}", zh="两名客户中出现结果的一名概率较高的机会；0.5 等于猜测。")
brier = Field("brier", NUMBER, "Mean squared distance of probability and outcome; less is better.", "squared probability", minimum=0, maximum=1, null_meaning=NOT_PROBABLE, zh="概率与结果之差平方的平均值；越小越好。")
mean_probability = Field("mean_probability", NUMBER, "Mean of the probabilities given.", "probability 0-1", minimum=0, maximum=1, null_meaning=NOT_PROBABLE, zh="给出的概率的平均值。")
calibration_error = Field("calibration_error", NUMBER, "Mean distance of probability and share of outcomes over tenths of customers by probability.", "probability 0-1", minimum=0, maximum=1, null_meaning=NOT_PROBABLE, zh="按概率把客户分为十组，各组概率与实际占比之差的平均值。")
calibration_noise = Field("calibration_noise", NUMBER, "Calibration error that perfect probabilities would show by chance with as many customers.", "probability 0-1", minimum=0, maximum=1, null_meaning=NOT_PROBABLE, zh="同样客户数下，完全准确的概率因偶然也会出现的校准误差。")
top_decile_lift = Field("top_decile_lift", NUMBER, "Share of outcomes in the tenth of customers with the highest probabilities, per share in all.", "ratio", minimum=0, null_meaning=f"the outcome did not occur, or {NOT_PROBABLE}", zh="概率最高的十分之一客户中结果的占比与总体占比之比。")
hit_share = Field("hit_share", NUMBER, "Of forecasts of categories, over all origins: share of customers who bought the category that was told likeliest.", "share 0-1", minimum=0, maximum=1, null_meaning="one origin, or the forecast is of no category", zh="品类预测在所有起点合计：购买了所预测的最可能品类的客户占比。")
mean_outcome = Field("mean_outcome", NUMBER, "Mean of what came, in the unit of the forecast.", null_meaning=NOT_A_QUANTITY, zh="实际结果的平均值，单位与预测相同。")
mean_forecast = Field("mean_forecast", NUMBER, "Mean of what was expected, in the unit of the forecast.", null_meaning=NOT_A_QUANTITY, zh="预期值的平均值，单位与预测相同。")
root_mean_squared_error = Field("root_mean_squared_error", NUMBER, "Root of the mean squared distance of what was expected and what came, in the unit of the forecast; less is better.", minimum=0, null_meaning=NOT_A_QUANTITY, zh="预期与实际之差平方的平均值的平方根，单位与预测相同；越小越好。")
mean_absolute_error = Field("mean_absolute_error", NUMBER, "Mean distance of what was expected and what came, in the unit of the forecast; less is better.", minimum=0, null_meaning=NOT_A_QUANTITY, zh="预期与实际之差绝对值的平均值，单位与预测相同；越小越好。")
rank_correlation = Field("rank_correlation", NUMBER, "Of two customers with different outcomes, the chance that more was expected of the one with more, less the chance of the reverse (Somers' D); 0 is guessing, 1 the right order.", minimum=-1, maximum=1, null_meaning=f"nobody differed, or {NOT_A_QUANTITY}", zh="两名结果不同的客户中，结果较大者预期也较大的机会减去相反的机会（Somers D）；0 等于猜测，1 表示次序完全正确。")
total_error_share = Field("total_error_share", NUMBER, "Total expected over total that came, less one.", "share", minimum=-1, null_meaning=f"nothing came, or {NOT_A_QUANTITY}", zh="预期总量与实际总量之比减一。")
coverage_share = Field("coverage_share", NUMBER, "Customers whose outcome was inside their 80% interval.", "share 0-1", minimum=0, maximum=1, null_meaning=f"no interval was known then, or {NOT_A_QUANTITY}", zh="实际结果落在各自 80% 区间内的客户占比。")
label = Field("label", TEXT, "Name of the segment for readers, in English.", safe_by="words for features that are published", zh="分群的英文名称，供阅读。")
label_zh = Field("label_zh", TEXT, "Name of the segment for readers, in Chinese.", safe_by="words for features that are published", zh="分群的中文名称，供阅读。")
born_period = Field("born_period", TEXT, "Period in which the segment came into being.", safe_by=OF_PERIOD, zh="该分群产生的周期。")
retired_period = Field("retired_period", TEXT, "Period in which the segment ceased.", null_meaning="the segment lives", safe_by=OF_PERIOD, zh="该分群终止的周期。")
event = Field("event", TEXT, "What happened to the segment in this period.", values=("none", "born", "continued", "split", "merged", "retired", "ambiguous"), zh="本周期该分群发生了什么。")
related_segment_ids = Field("related_segment_ids", pa.list_(TEXT), "Segments that took part in the event: parents of a split or birth, the heir of a merge.", safe_by=OF_SEGMENT, zh="参与该事件的分群：拆分或产生时为来源分群，合并时为承接分群。")
overlap_share = Field("overlap_share", NUMBER, "Jaccard overlap, at the refit, between the segment under the old and the new version.", "share 0-1", minimum=0, maximum=1, null_meaning="no refit in this period", zh="重新拟合时，该分群在新旧版本下的 Jaccard 重叠度。")
