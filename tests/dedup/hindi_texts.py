"""Stories made of invented words, and articles around them."""

from __future__ import annotations

import hashlib
import random
from datetime import UTC, datetime, timedelta

from newscrawl.dedup.signature import signature
from newscrawl.items import Article

NOW = datetime(2026, 11, 1, tzinfo=UTC)

_SYLLABLES = (
    "का",
    "की",
    "मा",
    "नी",
    "रा",
    "तू",
    "दे",
    "पो",
    "सि",
    "लु",
    "भा",
    "गो",
    "जी",
    "टे",
    "शा",
    "वि",
    "हो",
    "ना",
    "बे",
    "चू",
)


def sentence(rng: random.Random) -> str:
    """A sentence of 14 words made of syllables: no two sentences share a run of words by chance."""
    return " ".join("".join(rng.choices(_SYLLABLES, k=3)) for _ in range(14)) + "।"


def story(seed: int, sentences: int = 12) -> list[str]:
    """The sentences of a story of its own."""
    rng = random.Random(seed)
    return [sentence(rng) for _ in range(sentences)]


def article(number: int, text: str, *, title: str = "", url: str = "", day: float = 0) -> Article:
    """A text as extraction hands it over, `day` days after NOW."""
    url = url or f"https://news.example/story/{number}"
    content = hashlib.sha256(text.encode()).hexdigest()
    title = title or f"शीर्षक {number}"
    return Article(
        id=hashlib.sha256(f"{url}\n{title}\n{content}".encode()).hexdigest()[:32],
        discovered_url=url,
        url=url,
        canonical_url=url,
        site="example",
        title=title,
        text=text,
        fetched_at=NOW + timedelta(days=day),
        language="hi",
        word_count=len(text.split()),
        content_sha256=content,
        signature=signature(text),
    )
