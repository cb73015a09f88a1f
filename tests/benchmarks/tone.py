"""How right the tone of texts is, beside plain baselines, and what it costs.

``python -m tests.benchmarks tone [--sdists FOLDER] [--reviews asap_sample.csv]``. The sdists with the corpora
are fetched by pip at the versions and hashes of requirements-tone.lock, unless a folder has them.

Chinese: macro-F1 on texts of the corpus that the model did not see, and on reviews of restaurants (ASAP:
four stars and more against two and fewer), which no constant was chosen on. English: sentences of reviews of
each of five products, by a model of everything but that product, beside VADER. Then: whether the fits are the
models that come along, and CPU time a text.
"""

import argparse
import csv
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from sklearn.metrics import f1_score, roc_auc_score

from pipeline.models.frame import Flags, Floats
from pipeline.texts import ToneModel, language_of, tone_model
from tests.tone import Corpus, corpora

ROOT = Path(__file__).parents[2]
REVIEWS = ROOT.parent / "shared" / "data" / "asap_sample.csv"
#: First reviews of the second to fifth product, in the order of the file: two cameras, a phone, a player.
_PRODUCTS = (98, 142, 175, 217)
_AMAZON = "amazonReviewSnippets"


def restaurants(path: Path) -> tuple[list[str], Flags]:
    """Reviews of four stars and more, and of two and fewer, and whether they are the former."""
    with path.open(encoding="utf-8") as opened:
        rows = [(one["reviewbody"], float(one["star"])) for one in csv.DictReader(opened)]
    rows = [one for one in rows if one[1] >= 4 or one[1] <= 2]
    return [text for text, _ in rows], np.array([stars >= 4 for _, stars in rows])


def scores(texts: Sequence[str], language: str) -> Floats:
    """Tone of each text by the model that comes along; zero where there is none."""
    tones = [tone_model(language).tone(one) for one in texts]
    return np.array([one.score if one else 0.0 for one in tones])


def told(name: str, labels: Flags, score: Floats) -> None:
    """Print how well the sign of ``score``, and its order, tell ``labels``."""
    f1, auc = f1_score(labels, score > 0, average="macro"), roc_auc_score(labels, score)
    missed = int((score[labels] <= 0).sum()), int((score[~labels] > 0).sum())
    print(
        f"  {name:44} {len(labels):6,} texts, macro-F1 {f1:.3f}, AUC {auc:.3f}, "
        f"wrong: {missed[0]} of {labels.sum()} good, {missed[1]} of {(~labels).sum()} bad",
        flush=True,
    )


def by_product(corpus: Corpus) -> tuple[list[str], Flags, Floats]:
    """Sentences of product reviews, each scored by a model that knows nothing of its product."""
    of_products = np.array([one == _AMAZON for one in corpus.topics])
    number = np.array([int(one) for one in corpus.reviews])
    product = np.where(of_products, np.digitize(number, _PRODUCTS), -1)
    texts: list[str] = []
    labels, found = [], []
    for one in range(len(_PRODUCTS) + 1):
        model = corpus.of(product != one).fitted().model
        held = corpus.of(product == one)
        tones = [model.tone(text) for text in held.texts]
        found += [tone.score if tone else 0.0 for tone in tones]
        labels += held.labels.tolist()
        texts += held.texts
    return texts, np.array(labels), np.array(found)


def vader(folder: Path, scratch: Path) -> Callable[[str], float]:
    """The baseline: VADER of the same sdist."""
    with tarfile.open(next(folder.glob("vader*"))) as archive:
        archive.extractall(scratch, filter="data")
    sys.path.insert(0, str(next(scratch.iterdir())))
    from vaderSentiment.vaderSentiment import (  # type: ignore[import-not-found,import-untyped,unused-ignore]
        SentimentIntensityAnalyzer,
    )

    analyzer = SentimentIntensityAnalyzer()
    return lambda text: float(analyzer.polarity_scores(text)["compound"])


def fetched(folder: Path) -> Path:
    """``folder`` with the locked sdists, fetched by pip."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
    command += ["--no-build-isolation", "--require-hashes", "--dest", str(folder)]
    subprocess.run([*command, "--requirement", str(ROOT / "requirements-tone.lock")], check=True)
    return folder


def main(arguments: list[str] | None = None) -> None:
    """Print the figures of docs/texts.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sdists", type=Path)
    parser.add_argument("--reviews", type=Path, default=REVIEWS)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.sdists or fetched(Path(scratch) / "sdists")
        chinese, english = corpora(folder)
        print("Chinese")
        fitted = chinese.fitted()
        print(f"  the fit is the model that comes along: {_is_the_same(fitted.model)}")
        told("held out of the corpus", chinese.labels, fitted.held_out)
        texts, labels = restaurants(given.reviews)
        told("restaurants (ASAP), 4-5 against 1-2 stars", labels, scores(texts, "zh"))
        _timed(texts, "zh")
        print("English")
        print(f"  the fit is the model that comes along: {_is_the_same(english.fitted().model)}")
        texts, labels, score = by_product(english)
        told("reviews of a product never seen", labels, score)
        baseline = np.array([*map(vader(folder, Path(scratch) / "vader"), texts)])
        told("VADER", labels, baseline)
        speaks = baseline != 0
        told("where VADER speaks: ours", labels[speaks], score[speaks])
        told("where VADER speaks: VADER", labels[speaks], baseline[speaks])
        _timed(texts, "en")


def _is_the_same(model: ToneModel) -> bool:
    ours = tone_model(model.language)
    return model.terms == ours.terms and all(
        np.array_equal(np.float32(one), other)
        for one, other in ((model.weights, ours.weights), (model.scales, ours.scales))
    )


def _timed(texts: Sequence[str], language: str) -> None:
    language_of(texts[0])  # opens the identifier
    began = time.process_time()
    for one in texts:
        language_of(one)  # which may be none
        tone_model(language).tone(one)
    spent = (time.process_time() - began) / len(texts) * 1000
    length = sum(map(len, texts)) / len(texts)
    print(f"  {spent:.2f} CPU ms a text of {length:.0f} characters, its language told as well")


if __name__ == "__main__":
    main()
