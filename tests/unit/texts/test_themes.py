"""What texts are about: themes, whose ids last, and which tell nobody."""

from collections import Counter, defaultdict

import numpy as np
import pytest

from pipeline.texts.theme_fitting import Found, Rules, find_themes
from pipeline.texts.themes import ThemeModel, content_words

RULES = Rules(most_themes=6, least_customers=10)
#: What is planted: of each theme words of which a text has some, and words that any text may have.
PLANTED = {
    "en": {
        "delivery": ["parcel", "courier", "late", "delivery", "shipping", "arrived", "tracking"],
        "refund": ["refund", "money", "returned", "account", "charged", "invoice"],
        "quality": ["broken", "scratched", "defective", "material", "quality", "cheap"],
        "app": ["login", "password", "screen", "crashes", "update", "website"],
        "staff": ["rude", "friendly", "agent", "phone", "waiting", "answered"],
    },
    "zh": {
        "delivery": ["快递", "物流", "送货", "包裹", "延误", "配送"],
        "refund": ["退款", "退货", "金额", "账单", "扣款", "发票"],
        "quality": ["质量", "破损", "瑕疵", "材料", "做工", "掉色"],
        "app": ["登录", "密码", "页面", "闪退", "更新", "网站"],
        "staff": ["客服", "态度", "热情", "电话", "等待", "回复"],
    },
}
FILLERS = {
    "en": ["yesterday", "really", "order", "bought", "week", "shop"],
    "zh": ["昨天", "商品", "收到", "这次", "东西", "购买"],
}


def planted(language: str, count: int, seed: int) -> tuple[list[str], list[str], list[str]]:
    """Texts with four words of their theme and two fillers, their customers, their themes."""
    rng = np.random.default_rng(seed)
    themes = PLANTED[language]
    truth = [list(themes)[at] for at in rng.integers(0, len(themes), count)]
    texts = []
    for theme in truth:
        said = [
            *rng.choice(themes[theme], 4, replace=False),
            *rng.choice(FILLERS[language], 2, replace=False),
        ]
        rng.shuffle(said)
        texts.append((" " if language == "en" else "，").join(said))
    return texts, [f"c{at}" for at in rng.integers(0, count // 2, count)], truth


def f1_of(model: ThemeModel, texts: list[str], truth: list[str]) -> float:
    """Mean F1 of the planted themes, each beside the found one that it has most texts in common with."""
    found = [(model.themes_of(one) or ("none",))[0] for one in texts]
    both, given, meant = Counter(zip(truth, found, strict=True)), Counter(found), Counter(truth)
    return float(
        np.mean([max(2 * both[one, name] / (meant[one] + given[name]) for name in given) for one in meant])
    )


def fitted(language: str, seed: int = 0, **more: object) -> Found:
    texts, customers, _ = planted(language, 600, seed)
    return find_themes(texts, customers, language, RULES, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_planted_themes_are_found_in_texts_not_seen(language: str) -> None:
    texts, _, truth = planted(language, 400, 99)
    assert f1_of(fitted(language).model, texts, truth) >= 0.8


@pytest.mark.parametrize("language", ["en", "zh"])
def test_ids_last_through_a_refit_on_other_texts(language: str) -> None:
    first = fitted(language).model
    second = fitted(language, 1, previous=first).model
    texts, _, truth = planted(language, 400, 99)
    main: dict[str, dict[str, str]] = defaultdict(dict)
    for name, model in (("first", first), ("second", second)):
        for theme in PLANTED[language]:
            given = Counter(
                (model.themes_of(one) or ("none",))[0]
                for one, t in zip(texts, truth, strict=True)
                if t == theme
            )
            main[name][theme] = given.most_common(1)[0][0]
    assert main["first"] == main["second"]
    assert len(set(main["first"].values())) == len(PLANTED[language])


def test_a_fit_is_the_same_in_any_order_of_texts() -> None:
    texts, customers, _ = planted("en", 300, 2)
    mixed = np.random.default_rng(5).permutation(len(texts))
    first = find_themes(texts, customers, "en", RULES)
    second = find_themes([texts[one] for one in mixed], [customers[one] for one in mixed], "en", RULES)
    assert first.model.words == second.model.words
    assert first.model.theme_ids == second.model.theme_ids
    assert np.array_equal(first.model.directions, second.model.directions)
    assert first.customers == second.customers


def test_a_word_of_few_customers_does_not_speak() -> None:
    texts, customers, _ = planted("en", 300, 3)
    texts = [
        f"{one} methuselah" if who == customers[0] else one for one, who in zip(texts, customers, strict=True)
    ]
    model = find_themes(texts * 9, customers * 9, "en", RULES).model
    assert "methuselah" not in model.words


def test_a_withheld_name_does_not_speak_however_many_wrote_it() -> None:
    texts, customers, _ = planted("en", 300, 3)
    texts = [f"{one} zoltan" if not at % 3 else one for at, one in enumerate(texts)]
    assert "zoltan" in find_themes(texts, customers, "en", Rules(6, 10)).model.words
    told = find_themes(texts, customers, "en", Rules(6, 10), withheld=["Zoltán Kiss", "ZOLTAN"]).model
    assert "zoltan" not in told.words
    assert "zoltan" not in {word for label in told.labels().values() for word in label}


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("The parcel no. 4711 of 12 May, mail to a1@b.example!", "en", ["parcel", "may", "mail", "example"]),
        ("请问包裹4711什么时候到？", "zh", ["包裹", "时候"]),
    ],
)
def test_no_number_and_no_binding_word_says_what_a_text_is_about(
    text: str, language: str, expected: list[str]
) -> None:
    assert [one for one in content_words(text, language) if one in expected] == expected
    assert not {"4711", "the", "什么", "请问", "0"} & set(content_words(text, language))


def test_what_many_pass_on_verbatim_is_no_theme() -> None:
    texts, customers, _ = planted("en", 600, 5)
    copies = ["love the new headphones, best coffee grinder ever"] * 300
    found = find_themes([*texts, *copies], [*customers, *(f"d{at}" for at in range(300))], "en", RULES)
    assert "headphones" in found.model.words
    assert not [one for one in found.model.labels().values() if "headphones" in one]
    texts, _, truth = planted("en", 400, 99)
    assert f1_of(found.model, texts, truth) >= 0.8


def test_a_theme_of_few_customers_is_none() -> None:
    texts, _, _ = planted("en", 300, 4)
    assert find_themes(texts, ["one"] * 300, "en", RULES).model.theme_ids == ()
    found = fitted("en")
    assert all(count >= RULES.least_customers for count in found.customers.values())


def test_an_id_is_never_given_twice() -> None:
    first = fitted("en").model
    later = fitted("en", 1, taken=[*first.theme_ids, "en-40"]).model
    assert not set(first.theme_ids) & set(later.theme_ids)
    assert min(int(one.partition("-")[2]) for one in later.theme_ids) == 41


@pytest.mark.parametrize("text", ["", "!!!", "ᚠᚢᚦ", "yesterday"])
def test_a_text_may_be_about_nothing(text: str) -> None:
    model = ThemeModel("en", ("parcel",), np.ones(1), np.ones((1, 1)), ("en-1",))
    assert model.themes_of(text) == ()
    assert model.themes_of("the parcel") == ("en-1",)
