"""What is said of an alarm: what changed, since when, how much, what to do, where to look.

Belongs here: figures and labels put into words. Does not belong here: the words (``words``), or deciding what
is told (``news``). Nothing of a single customer is said: findings and states of sources are aggregates.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.notify.alarms import Alarm
from pipeline.notify.news import News
from pipeline.notify.outbox import Message
from pipeline.notify.words import TEXTS
from pipeline.publish import finding_words
from pipeline.publish.bundles import MOST_NAMED, Bundle, named
from pipeline.publish.texts import Words
from pipeline.settings import Project

#: Page of the UI that an alarm is explained on, by what it is about.
_PAGES: Mapping[str, str] = {"source": "health/source_health", "run": "", "late": ""}
_OVERVIEW = "drift/overview"

#: What is said, by the name of its text.
_Lines = list[tuple[str, str]]


@dataclass(frozen=True)
class Teller:
    """Words about the alarms of one project; ``segments`` are labels from the register, ``prefix`` is what
    its asset keys begin with."""

    project: Project
    segments: Mapping[str, str]
    prefix: tuple[str, ...] = ()

    @property
    def words(self) -> Words:
        """Labels in the project's language."""
        one = self.project
        return Words(one.report.language, one.currency, self.segments, one.every_scheme, one.readable)

    def message(self, bundle: Bundle[News]) -> Message:
        """The message of news of one cause."""
        news, others = bundle.leader, [one.alarm for one in bundle.others]
        alarm, level = news.alarm, news.alarm.key.partition(":")[0]
        state = self._said(f"state_{news.kind if news.kind in ('ended', 'passed') else self._state(alarm)}")
        if news.kind == "worse":
            state = self._said("state_worse", state=state)
        subject = self._subject(alarm)
        if others:
            subject = self._said("and_more", subject=subject, count=len(others))
        title = self._said(
            "title", project=self.project.title, state=state, subject=subject, period=alarm.period
        )
        every, over = [alarm, *others], news.kind in ("ended", "passed")
        if over:
            lines = [line for one in every for line in self._over(one, news.kind == "passed")]
        else:
            lines = self._lines(alarm, level, others, bundle.source)
        is_major = any(one.severity == "major" for one in every)
        tone = "success" if over else "failure" if is_major else "warning"
        return Message(key=alarm.key, title=title, body="\n".join(lines), tone=tone)

    def _lines(self, alarm: Alarm, level: str, others: Sequence[Alarm], source: str | None) -> list[str]:
        tell: Mapping[str, Callable[[Alarm], list[tuple[str, str]]]] = {
            "source": self._source,
            "run": self._run,
            "late": self._late,
        }
        *lines, to_do = tell.get(level, self._finding)(alarm)
        lines += self._with(others, source if level != "source" else None)
        lines += [to_do, ("look", self._look(level))]
        told = [self._said(name, text=text) for name, text in lines if text]
        keys = self._said("list").join(one.key for one in (alarm, *others))
        return [*told, self._said("mute", key=keys)]

    def _with(self, others: Sequence[Alarm], source: str | None) -> _Lines:
        """Other findings of the same cause, and the source that all rest on, unless it is told anyway."""
        lines = [("and", finding_words.changed(one.row, self.words)) for one in others[:MOST_NAMED]]
        if more := len(others) - len(lines):
            lines.append(("and", self.words("bundle_more", count=more)))
        return [*lines, ("rest_on", self._said("source_name", source=source) if source else "")]

    def _finding(self, alarm: Alarm) -> _Lines:
        row = alarm.row
        return [
            ("what", finding_words.changed(row, self.words)),
            ("since", finding_words.since(row, self.words)),
            ("who", finding_words.carried(row, self.words)),
            ("at_once", named(row.get("parts", ()), self.words)),
            ("to_do", self._said(f"do_{alarm.severity}")),
        ]

    def _source(self, alarm: Alarm) -> _Lines:
        row, zh = alarm.row, "_zh" if self.project.report.language == "zh" else ""
        what = self._said("source", source=row["source"], period=row["period"], found=row[f"explanation{zh}"])
        return [("what", what), ("since", row["since_period"] or row["period"]), ("to_do", row[f"to_do{zh}"])]

    def _run(self, alarm: Alarm) -> _Lines:
        job = alarm.row.get("job")
        said = self._said("run_job", job=job) if job else self._said("run", found=alarm.row["found"])
        return [
            ("what", said),
            ("since", str(alarm.row["failed_at"])),
            ("to_do", self._said("do_job" if job else "do_run")),
        ]

    def _late(self, alarm: Alarm) -> _Lines:
        what = self._said("late", period=alarm.period, ended=alarm.row["ended"])
        return [("what", what), ("since", str(alarm.row["ended"])), ("to_do", self._said("do_late"))]

    def _over(self, alarm: Alarm, has_passed: bool) -> list[str]:
        level, _, name = alarm.key.partition(":")
        ending = "gone_source" if (alarm.end, level) == ("gone", "source") else alarm.end
        said = self._said(
            f"end_{ending}", subject=self._subject(alarm), source=name, period=alarm.ended_in or alarm.period
        )
        first = (
            [self._said("what", text=finding_words.changed(alarm.row, self.words))]
            if has_passed and level not in _PAGES
            else []
        )
        return [*first, said, self._said("told_in", period=alarm.period)]

    def _subject(self, alarm: Alarm) -> str:
        level, _, name = alarm.key.partition(":")
        if level == "source":
            return self._said("source_name", source=name)
        if level == "late":
            return self._said("late_name")
        if level == "run":
            return self._said("job_name", job=name) if name else self._said("run_name")
        return self.words.subject(name)

    def _state(self, alarm: Alarm) -> str:
        level = alarm.key.partition(":")[0]
        if level == "source":
            return str(alarm.row["source_state"])
        return level if level in ("run", "late") else alarm.severity

    def _look(self, level: str) -> str:
        kind = level if level in _PAGES else "findings"
        found = [self._said(f"look_{kind}", folder=self.project.folder)]
        if kind == "findings":
            report = self.project.lake_path / "published" / "report.html"
            found.append(self._said("look_report", path=report))
        if self.project.notify.ui:
            page = _PAGES.get(level, _OVERVIEW)
            place = f"assets/{'/'.join((*self.prefix, page))}" if page else "runs"
            found.insert(0, f"{self.project.notify.ui.rstrip('/')}/{place}")
        return self._said("list").join(found)

    def test(self) -> Message:
        """A message that says nothing but that messages arrive."""
        title = self._said("test_title", project=self.project.title)
        return Message(key="test", title=title, body=self._said("test"), tone="success")

    def _said(self, text_name: str, **values: object) -> str:
        text = TEXTS[self.project.report.language][text_name]
        return text.format(**values) if values else text
