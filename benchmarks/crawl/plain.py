"""The obvious Scrapy project, as a competent user writes it in an afternoon: a sitemap spider that extracts inline,
datasketch's LSH in memory, one JSON object a story through boto3.

    scrapy crawl stories -a extractor=trafilatura|newspaper4k|news-please|none -a sitemaps=URL,URL

with SCRAPY_SETTINGS_MODULE=benchmarks.crawl.plain_settings. `none` fetches only. BENCH_LOCATION is bucket/prefix,
BENCH_STATS the file that the crawl's stats are written to.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem
from scrapy.http import Response, TextResponse
from scrapy.spiders import SitemapSpider

Story = dict[str, Any]

# What the tutorials of datasketch use: 128 permutations, word 5-grams, a Jaccard of 0.7.
_PERMUTATIONS, _WORDS, _JACCARD = 128, 5, 0.7


def by_trafilatura(response: TextResponse) -> Story | None:
    """trafilatura with its metadata (which includes htmldate's search)."""
    import trafilatura

    # From the bytes: trafilatura decodes faster than Scrapy's response.text.
    found: Any = trafilatura.bare_extraction(
        response.body, url=response.url, with_metadata=True, include_comments=False
    )
    if not found or not found.text:
        return None
    return {
        "title": found.title, "text": found.text, "summary": found.description, "author": found.author,
        "date": found.date, "image": found.image, "tags": found.tags, "categories": found.categories,
    }  # fmt: skip


def by_newspaper4k(response: TextResponse) -> Story | None:
    """newspaper4k, told the language; no request of its own."""
    import newspaper

    article = newspaper.Article(response.url, language="hi", fetch_images=False)
    article.download(input_html=response.text)
    article.parse()
    if not article.text:
        return None
    return {
        "title": article.title, "text": article.text, "summary": article.meta_description, "author": article.authors,
        "date": str(article.publish_date or ""), "image": article.top_image, "tags": sorted(article.tags or ()),
    }  # fmt: skip


def by_news_please(response: TextResponse) -> Story | None:
    """news-please, which runs several extractors and compares them; no request of its own."""
    from newsplease import NewsPlease

    article = NewsPlease.from_html(response.text, url=response.url, fetch_images=False)
    if not article.maintext:
        return None
    return {
        "title": article.title, "text": article.maintext, "summary": article.description, "author": article.authors,
        "date": str(article.date_publish or ""), "image": article.image_url, "language": article.language,
    }  # fmt: skip


EXTRACTORS: dict[str, Callable[[TextResponse], Story | None]] = {
    "trafilatura": by_trafilatura,
    "newspaper4k": by_newspaper4k,
    "news-please": by_news_please,
    "none": lambda response: None,
}


class StoriesSpider(SitemapSpider):
    """Every page of the sitemaps, extracted in the callback."""

    name = "stories"

    def __init__(self, extractor: str, sitemaps: str, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.sitemap_urls = sitemaps.split(",")
        self._extract = EXTRACTORS[extractor]

    def parse(self, response: Response) -> Iterator[Story]:
        """One story a page, where there is one."""
        assert isinstance(response, TextResponse)
        if story := self._extract(response):
            yield {"url": response.url, **story}


class DropCopies:
    """Near-duplicates by MinHash LSH over word 5-grams, in memory."""

    def __init__(self) -> None:
        from datasketch import MinHashLSH

        self._index = MinHashLSH(threshold=_JACCARD, num_perm=_PERMUTATIONS)

    def process_item(self, item: Story) -> Story:
        """Drop what the index has."""
        from datasketch import MinHash

        words = item["text"].split()
        shingles = {" ".join(words[i : i + _WORDS]) for i in range(max(1, len(words) - _WORDS + 1))}
        signature = MinHash(num_perm=_PERMUTATIONS)
        signature.update_batch([s.encode() for s in shingles])
        if self._index.query(signature):
            raise DropItem("near-duplicate")
        self._index.insert(item["url"], signature)
        return item


class StoreObject:
    """One JSON object a story. In a thread, so that the crawl does not wait for S3."""

    def __init__(self, crawler: Crawler) -> None:
        import boto3

        self._client = boto3.client("s3")
        self._bucket, _, self._prefix = crawler.settings["BENCH_LOCATION"].partition("/")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_item(self, item: Story) -> Story:
        """Store it."""
        name = hashlib.sha1(item["url"].encode()).hexdigest()
        body = json.dumps(item, ensure_ascii=False).encode()
        await asyncio.to_thread(
            self._client.put_object, Bucket=self._bucket, Key=f"{self._prefix}/{name}.json", Body=body
        )
        return item


class WriteStats:
    """The crawl's stats as JSON, for the benchmark."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        extension = cls(crawler)
        crawler.signals.connect(extension.spider_closed, signal=signals.spider_closed)
        return extension

    def spider_closed(self) -> None:
        """Write them."""
        assert self._crawler.stats is not None
        stats = {
            name: value for name, value in self._crawler.stats.get_stats().items() if isinstance(value, int | float)
        }
        Path(self._crawler.settings["BENCH_STATS"]).write_text(json.dumps(stats))
