"""Every text of the report in English and Chinese, and labels of things by their id.

Belongs here: words. Does not belong here: numbers, layout. Labels of schemes and named
segments come from the contracts, those of discovered segments from the register.
"""

# A text reads best on one line.
# ruff: noqa: E501

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pipeline.features import FEATURES, Feature
from pipeline.publish import texts_entities, texts_gates, texts_overlap, texts_plan
from pipeline.publish.statuses import STATUSES
from pipeline.publish.texts_zh import ZH
from pipeline.settings import Scheme
from pipeline.tables.fields import UNASSIGNED
from pipeline.tables.units import UNITS_ZH

Language = Literal["en", "zh"]

EN: dict[str, str] = {
    "html_language": "en",
    "report": "Customer segments",
    "period": "Period",
    "to": "to",
    "revision": "Revision",
    "data_until": "Data until",
    "published_periods": "Periods published",
    "verdict_major_one": "1 major finding: act",
    "verdict_major": "{count} major findings: act",
    "verdict_minor_one": "1 minor finding: watch",
    "verdict_minor": "{count} minor findings: watch",
    "verdict_none": "No action needed",
    "verdict_cannot_tell": "Nothing found that needs action; {count} of {measurements} measurements cannot be judged",
    "verdict_below_floor": "Nothing found that needs action; {count} of {measurements} measurements changed by less than your floors",
    "verdict_known": "Nothing new; {count} of {measurements} measurements are part of changes that were told",
    "verdict_nothing": "Nothing could be compared in this period",
    "verdict_first": "First period: nothing to compare with",
    "verdict_first_more": "Only the share of rows set aside was judged, by its level. Changes are measured once two periods can be compared.",
    "counts": "{parts}.",
    "counts_and": "; ",
    "list": ", ",
    "count_known": "{count} part of a change that is told, or was before",
    "count_usual": "{count} as usual",
    "count_below_floor": "{count} changed by less than your floors",
    "count_cannot_tell": "{count} cannot be judged",
    "short_population": "{population} customers ({change}): {entered} entered, {returned} returned, {left} left.",
    "short_population_first": "{population} customers in the first published period.",
    "short_moves": "{share} of assignments moved to another segment. Cause: {causes}.",
    "short_no_moves": "No customer moved to another segment.",
    "short_cause": "{label} {share}",
    "moves_doubt": "Not whole: {sources}. Moves in the schemes that rest on them have the cause faulty data; none is called behaviour.",
    "verdict_source": "{sources} is not whole: act on the data first",
    "verdict_sources": "{sources} are not whole: act on the data first",
    "source_suspect": "Source {source} is suspect (since {since}). {found} {to_do}",
    "source_broken": "Source {source} is broken (since {since}). {found} {to_do}",
    "look_suspect": "suspect since {since}. {found}",
    "look_broken": "broken since {since}. {found}",
    "look_since": "since {period}",
    "look_carried": "carried by {group}",
    "look_join": "; ",
    "look_major": "Find its reason before you act on segments that rest on it.",
    "look_minor": "See whether it lasts in the next period.",
    "look_more": "{count} more findings",
    "look_goes_on": "goes on since {period}, and was told",
    "look_cause": "{cause} {count}",
    "look_move": "{before} → {now}: {count} customers ({causes})",
    "bundle_more": "{count} more",
    "bundle_rest": "with it changed what also rests on the source {source}: {subjects}",
    "bundle_at_once": "as much at once: {subjects}",
    "bundle_changed": "Changed with it: {subjects}.",
    "refit_asked": "fitted anew in {period} after a major finding about {subjects} in the period before",
    "refit_accepted": "{version} passed its gates and is in force",
    "refit_unchanged": "it came out the same: {version} stays in force",
    "refit_refused": "the new version was refused by {failed} of {count} gates: {version} stays in force",
    "sources_whole": "All {count} sources are whole, as far as can be told.",
    "sources_known": "{whole} of {count} sources are whole, as far as can be told; of the others it cannot be told.",
    "short_refit": "New version in force this period: {schemes}. Moves that only the new version makes are shown apart from those that the old version makes, too.",
    "short_mix": "Largest change of a segment: {segment} ({scheme}) {before} → {now}.",
    "short_quarantine": "{share} of the rows read were set aside in quarantine ({rows} of {read}).",
    "short_restated": "This period was restated: revision {revision}.",
    "key_figures": "Key figures",
    "population": "Population",
    "entered": "Entered",
    "returned": "Returned",
    "left": "Left",
    "entered_by_split": "{count} of them by a split",
    "left_by_merge": "{count} of them merged into others",
    "moved_share": "Moved",
    "moved_note": "of assignments: customers in both periods × schemes",
    "alarms": "Findings",
    "alarms_note": "{major} major, {minor} minor",
    "quarantine": "Quarantined",
    "quarantine_note": "of rows read",
    "previous_short": "before: {value}",
    "no_previous": "no previous period",
    "points": "pp",
    "findings": "What changed",
    "findings_none": "No finding in this period. Measurements: {counts}",
    "findings_more": "Further measurements: {counts}",
    "severity": "Severity",
    "severity_major": "Major",
    "severity_minor": "Minor",
    "level": "About",
    "level_feature": "Feature",
    "level_segment_mix": "Segment mix",
    "level_movement": "Movement",
    "subject": "What",
    "measure": "Measure",
    "measure_mean_change": "Change of the mean",
    "measure_spread_change": "Change of the spread",
    "measure_tail_share_change": "Change of the share of the top 1%",
    "measure_missing_share_change": "Change of the share without a value",
    "measure_new_category_share": "Share of a new category",
    "measure_kolmogorov_smirnov": "Kolmogorov–Smirnov distance",
    "measure_total_variation": "Total variation",
    "measure_shorrocks_index": "Shorrocks mobility index",
    "value": "Value",
    "effect": "Effect",
    "explanation": "Explanation",
    "finding_previous_period": "Against the previous period: {measure} of {subject} {value}, effect {effect}.",
    "finding_first_periods": "Against the first periods: {measure} of {subject} {value}, effect {effect}.",
    "finding_same_season": "Against the same season a year before: {measure} of {subject} {value}, effect {effect}.",
    "finding_began": "It began about {period}.",
    "finding_carried": "{group} carries {part} of the change.",
    "sentences": " ",
    "history_short": "Where the history is short, what is usual is not known.",
    "through_time": "Through time",
    "chart_population": "Customers entering, returning and leaving",
    "chart_population_note": "Without the first period, in which every customer is new.",
    "chart_moves": "Moves by cause, share of assignments",
    "chart_alarms": "Findings by period",
    "customers": "Customers",
    "share": "Share",
    "count": "Count",
    "cause": "Cause",
    "cause_behaviour": "Behaviour",
    "cause_model": "New version",
    "cause_identity": "Identity",
    "cause_data": "Faulty data",
    "cause_late_data": "Late data",
    "scheme_not_applicable": "This project has no source for this scheme, so no customer has a segment.",
    "scheme_not_fitted": "Nothing is fitted yet: too few periods or too little evidence. No customer has a segment.",
    "scheme_continuum": "Customers shade into each other: no groups of them lie apart, so nobody is put into one.",
    "scheme_unstable": "No grouping was found again when the same customers were drawn anew, so nobody is put into one.",
    "scheme_evidence": "{share} of customers have a segment.",
    "scheme_change": "{moved} of {stayed} customers moved ({share}). Largest change: {segment}, {before} → {now} of customers.",
    "no_more_than_chance": " By behaviour {share} moved; if nobody had changed, chance alone would move some {floor}: these moves are no sign that customers changed.",
    "more_than_chance": " By behaviour {share} moved; if nobody had changed, chance alone would move some {floor}: more customers moved than chance explains.",
    "scheme_quiet": "No segment changed its share by a tenth of a point or more; {moved} of {stayed} customers moved.",
    "chart_mix": "Share of customers by segment",
    "chart_flows": "Where customers came from and went to",
    "chart_flows_note": "Right of zero: gained in {period}. Left of zero: lost.",
    "chart_matrix": "Moves from segment to segment",
    "chart_bands": "Who stayed, moved, came and left",
    "chart_bands_note": "Left: {before}. Right: {now}. A band is as thick as customers are many; pale: they stayed.",
    "chart_matrix_note": "Customers by segment before (rows) and now (columns). Colour: share of the segment before. Grey: stayed.",
    "from": "Before",
    "now": "Now",
    "segment": "Segment",
    "before": "Before",
    "moved_in": "Moved in",
    "moved_out": "Moved out",
    "change": "Change",
    "stayed": "Stayed",
    "share_of_before": "Share of before",
    "flow_table": "Flow of {period}",
    "outcome": "What came of each segment",
    "outcome_note": "What its customers have done since, to the end of this period. None of it was known then.",
    "outcome_since": "In the segment at the end of",
    "outcome_followed": "Customers",
    "outcome_silent": "Without an order",
    "outcome_orders_each": "Orders each",
    "outcome_spend_each": "Spent each",
    "outcome_still_there": "Still there",
    "outcome_explains": "Who is in which segment explains {share} of the differences in spend of the period after; nine equal groups by spend of three periods explain {baseline}.",
    "outcome_explains_less": "Who is in which segment explains {share} of the differences in spend of the period after, less than nine equal groups by spend of three periods ({baseline}): to tell spenders apart, those serve better.",
    "outlook": "How each segment goes on",
    "outlook_note": "By its own past alone; in brackets the interval that holds four in five, where it has held.",
    "outlook_customers": "Customers",
    "outlook_orders": "Orders",
    "outlook_net_amount": "Net amount",
    "outlook_last_period": "the last period again",
    "outlook_mean_of_three": "the mean of the last three periods",
    "outlook_drift": "the last period and the mean change",
    "outlook_damped_trend": "a trend that fades",
    "outlook_year_ago": "the same period a year ago",
    "outlook_method": "{column}: {method} (off by {error} mean changes so far, the last period again by {plain}).",
    "outlook_plain": "{column}: {method}, nothing has been closer (off by {error} mean changes so far).",
    "playbook": "How to treat them",
    "playbook_who": "Who they are",
    "playbook_needs": "Needs and troubles",
    "playbook_proposition": "Value proposition",
    "playbook_handling": "Handling",
    "playbook_service_level": "Service level",
    "playbook_advised_offer": "Offer",
    "playbook_advised_channel": "Channel",
    "portraits": "What sets each segment apart",
    "portraits_note": "Difference from the mean of all customers, in standard deviations; mean of the segment against mean of all.",
    "portrait_mean": "{mean} against {population}",
    "portrait_withheld": "means are not published",
    "portrait_none": "No feature is known well enough.",
    "customers_of": "{count} customers, {share}",
    **{f"status_{status}": words[0] for status, words in STATUSES.items()},
    "register": "Life of segments",
    "register_note": "Segments that were born, split, merged or retired. Ids outlive refits.",
    "register_none": "No event in the published periods.",
    "chart_lives": "Segments through time",
    "chart_lives_note": "A line is the life of a segment; a scheme has one for all of its segments where nothing happened to any of them but refits.",
    "event_all": "What happened",
    "event_refit": "new version in force",
    "event_born": "born",
    "event_continued": "continued after a refit",
    "event_split": "split",
    "event_merged": "merged",
    "event_retired": "retired",
    "event_ambiguous": "ambiguous after a refit",
    "event_with": "with {segments}",
    "event_overlap": "overlap {share}",
    "quality": "Data quality",
    "chart_quarantine": "Rows quarantined, share of rows read",
    "chart_rows": "Rows read by source",
    "quality_table": "Rows of {period} by source",
    "source": "Source",
    "entity": "Entity",
    "rows_read": "Read",
    "rows_kept": "Kept",
    "duplicates": "Duplicates",
    "rows_quarantined": "Quarantined",
    "rows_excluded": "Excluded",
    "late_rows": "Late",
    "rows": "Rows",
    "forecasts": "Forecasts and how they did",
    "forecasts_more": "Every method gave its forecasts at the end of {origins} past periods, fitted on what was known then. What earned it is published; a forecast that earned nothing is left empty.",
    "taught": "Called so, and really so",
    "taught_held_out": "Customers with a label, each called by models that learned from other customers.",
    "taught_later": "Customers of past periods, each called by what was known then, and what their label was later.",
    "taught_called": "Called so",
    "taught_precision": "Of these right",
    "taught_labelled": "Labelled so",
    "taught_recall": "Of these found",
    "taught_really": "Really {segment}",
    "rules_of_tree": "In rules",
    "rules_decide": "These rules decide where a customer is placed. The share is how probable the label was of such customers, set right by those held out. Unknown values go where most customers went, unless a rule names them.",
    "rules_beside": "Customers are placed by another model, which came closer out of sample ({method}). These rules are those of the decision tree beside it: near, and readable. Unknown values go where most customers went, unless a rule names them.",
    "rules_describe": "What sets the segments apart, roughly: customers are placed by all features at once, and these rules say the same of {right} of {customers} customers who were kept aside when they were made. The share is how many of such customers are in the segment. Unknown values go where most customers went, unless a rule names them.",
    "rule": "{who}: {segment} ({probability}; {customers} customers learned from).",
    "rule_and": ", and ",
    "rule_everybody": "Everybody",
    "rule_at_least": "{feature} at least {low}",
    "rule_below": "{feature} below {high}",
    "rule_between": "{feature} from {low} to below {high}",
    "rule_yes": "{feature}: yes",
    "rule_no": "{feature}: no",
    "rule_known": "{feature} known",
    "rule_unknown": "{feature} unknown",
    "rule_or_unknown": "{said} or unknown",
    "forecasts_held_out": "The label of each customer was told by models fitted on other customers. What earned it is published; a scheme that earned nothing places nobody.",
    "forecasts_untried": "no period could be tested yet",
    "method": "Method",
    "auc": "Ranking (AUC)",
    "brier": "Distance (Brier)",
    "calibration_error": "Calibration error",
    "top_decile_lift": "Lift of the top tenth",
    "hit_share": "Bought what was told",
    "root_mean_squared_error": "Error (root of mean square)",
    "mean_absolute_error": "Error (mean absolute)",
    "rank_correlation": "Ranking (rank correlation)",
    "total_error_share": "Total told per total that came, less 1",
    "coverage_share": "Inside the 80% interval",
    "published": "published",
    "models": "Versions in force",
    "scheme": "Scheme",
    "version": "Version",
    "fitted": "Fitted on",
    "fitted_customers": "Customers fitted",
    "gates": "Gates of the last fit",
    "refit_now": "new this period",
    "status": "Status",
    "status_assigned": "In force",
    "how": "How to read this report",
    "as_table": "Show as table",
    "contents": "Contents",
    "chart_failed": "The chart could not be drawn; the table below has its figures.",
    "how_1": "<b>Act</b> when there are major findings: the change is more than chance makes (adjusted for the number of measurements) and large, or a source is not whole: then look at the data first. <b>Watch</b> minor findings: more than chance makes, but smaller. <b>As usual</b> is said only where enough earlier periods tell what is usual; what is neither changed by less than your floors, or cannot be judged.",
    "how_2": "A <b>move</b> is a customer in the population of both periods whose segment changed. Each move has one cause: <b>behaviour</b> (the rows of the customer differ; never where a source is not whole), <b>faulty data</b> (a source is not whole, or was not and is again), <b>new version</b> (the scheme was fitted anew and the border moved), <b>identity</b> (customers were merged or split), <b>late data</b> (earlier rows arrived late).",
    "how_3": "Flows add up for every segment: before + entered + returned + moved in − moved out − left = now.",
    "how_4": "<b>Insufficient data</b> means too little evidence about a customer, or nothing fitted yet; <b>not applicable</b> means that the project has no source for the scheme. Neither is a guess.",
    "how_5": "Borders of segments are fitted in a refit and then frozen: a customer does not move because others changed.",
    "how_6": "The tables behind every figure are in the same folder as this report; data_dictionary.md explains each column.",
}

TEXTS: dict[Language, dict[str, str]] = {
    "en": EN | texts_entities.EN | texts_plan.EN | texts_gates.EN | texts_overlap.EN,
    "zh": ZH | texts_entities.ZH | texts_plan.ZH | texts_gates.ZH | texts_overlap.ZH,
}

CAUSES = ("behaviour", "data", "model", "identity", "late_data")


@dataclass(frozen=True)
class Words:
    """Texts and labels in one language; ``segments`` are labels from the register, by segment id."""

    language: Language
    currency: str
    segments: Mapping[str, str] = field(default_factory=dict)
    schemes: Mapping[str, Scheme] = field(default_factory=dict)
    features: Mapping[str, Feature] = field(default_factory=lambda: FEATURES)

    def __call__(self, key: str, **values: object) -> str:
        """The text ``key`` with ``values`` filled in."""
        text = TEXTS[self.language][key]
        return text.format(**values) if values else text

    def state(self, state: str) -> str:
        """Label of a segment or status."""
        if state in UNASSIGNED:
            return self(f"status_{state}")
        return self.segments.get(state, state.partition(":")[2].replace("_", " ") or state)

    def scheme(self, scheme: str) -> str:
        """Label of a scheme."""
        known = self.schemes.get(scheme)
        if known is None:
            return scheme.replace("_", " ").capitalize()
        return known.label.zh if self.language == "zh" else known.label.en

    def subject(self, subject: str) -> str:
        """Label of what a finding is about: a feature, a scheme, or a source's own name."""
        if subject in self.features:
            return self.feature(subject)
        return self.scheme(subject) if subject in self.schemes else subject.replace("_", " ")

    def feature(self, name: str) -> str:
        """Label of a feature."""
        if name not in self.features:
            return name.replace("_", " ").capitalize()
        english, chinese = self.features[name].label
        return chinese if self.language == "zh" else english

    def unit(self, name: str) -> str:
        """Unit of a feature, with the project's own currency; empty for shares, which are shown in percent."""
        known = self.features.get(name)
        unit = known.unit if known else ""
        if unit.startswith(("share", "probability", "ratio", "index")):
            return ""
        if self.language == "zh":
            unit = known.unit_zh if known and known.unit_zh else UNITS_ZH.get(unit, unit)
        return unit.replace("project currency", self.currency)

    def quantity(self, name: str, value: float | None) -> str:
        """Mean of a feature with its unit."""
        if value is None:
            return "–"
        known = self.features.get(name)
        if known and known.unit.startswith(("share", "probability")):
            return f"{value:.1%}"
        digits = 0 if abs(value) >= 1000 else 1 if abs(value) >= 10 else 2
        rounded = round(value, digits) + 0.0  # nothing is less than zero by what is not shown
        return f"{rounded:,.{digits}f} {self.unit(name)}".strip().replace("-", "−", 1 if rounded < 0 else 0)
