"""A trace a page with OpenTelemetry, from discovery to commit, where an endpoint for traces is set.

The standard SDK with its standard variables: `OTEL_EXPORTER_OTLP_ENDPOINT` (or `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`)
turns it on, `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG` say how many pages (one in a hundred, where they say
nothing). Needs `pip install 'newscrawl[otel]'`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response

from newscrawl.errors import ConfigError
from newscrawl.items import Article, Duplicate, Outcome, asked

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
# A page has four spans, and a crawl fetches forty a second: of one in a hundred the picture is the same.
_SHARE = 0.01


class PageTraces:
    """The pages whose traces are open, by the URL that discovery found, and when each of their steps ended."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("newscrawl")
        self._open: dict[str, tuple[Span, int]] = {}

    def begin(self, url: str, site: str) -> None:
        """Discovery gave a page out to be fetched."""
        if url not in self._open:
            span = self._tracer.start_span("page", attributes={"url.full": url, "newscrawl.site": site})
            if span.is_recording():
                self._open[url] = span, time.time_ns()

    def step(self, url: str, name: str) -> None:
        """A step of a page's way ended: since the end of the one before it."""
        if url in self._open:
            from opentelemetry.trace import set_span_in_context

            span, began = self._open[url]
            now = time.time_ns()
            self._tracer.start_span(name, set_span_in_context(span), start_time=began).end(now)
            self._open[url] = span, now

    def committed(self, outcomes: Iterable[Outcome]) -> None:
        """A batch was acknowledged: its pages are at the end of their way."""
        for outcome in outcomes:
            page = outcome.article if isinstance(outcome, Duplicate) else outcome
            url = asked(outcome)
            if url in self._open:
                self.step(url, "commit")
                span, ended = self._open.pop(url)
                span.set_attribute("newscrawl.outcome", type(outcome).__name__.lower())
                if isinstance(page, Article):
                    span.set_attribute("newscrawl.article_id", page.id)
                span.end(ended)

    def close(self) -> None:
        """End what is left open, for its page stays pending, and send what is not sent yet."""
        for span, _ in self._open.values():
            span.set_attribute("newscrawl.outcome", "pending")
            span.end()
        self._open.clear()
        self._provider.shutdown()


def page_traces() -> PageTraces | None:
    """Traces to the endpoint that the environment names; None where it names none. Raises `ConfigError` without SDK."""
    if not any(os.environ.get(name) for name in _ENDPOINTS):
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio
    except ImportError as e:
        raise ConfigError("OTEL_EXPORTER_OTLP_ENDPOINT is set: pip install 'newscrawl[otel]', or unset it") from e
    sampler = None if os.environ.get("OTEL_TRACES_SAMPLER") else ParentBasedTraceIdRatio(_SHARE)
    resource = Resource.create({"service.name": os.environ.get("OTEL_SERVICE_NAME") or "newscrawl"})
    provider = TracerProvider(sampler=sampler, resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return PageTraces(provider)


class Tracing:
    """Scrapy's signals to the steps of a page: `wait` for its turn, `fetch`, `judge` (extraction and verdict)."""

    def __init__(self, crawler: Crawler, traces: PageTraces) -> None:
        self._traces = traces
        crawler.signals.connect(self._scheduled, signal=signals.request_scheduled)
        crawler.signals.connect(self._reached, signal=signals.request_reached_downloader)
        crawler.signals.connect(self._received, signal=signals.response_received)
        crawler.signals.connect(self._scraped, signal=signals.item_scraped)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        traces = getattr(getattr(crawler.spider, "run", None), "traces", None)
        if traces is None:
            raise NotConfigured
        return cls(crawler, traces)

    def _scheduled(self, request: Request) -> None:
        if found := request.cb_kwargs.get("found"):
            self._traces.begin(found.url, found.site)

    def _reached(self, request: Request) -> None:
        if found := request.cb_kwargs.get("found"):
            self._traces.step(found.url, "wait")

    def _received(self, response: Response, request: Request) -> None:
        if found := request.cb_kwargs.get("found"):
            self._traces.step(found.url, "fetch")

    def _scraped(self, item: Any) -> None:
        if isinstance(item, Outcome):  # else of the project's own
            self._traces.step(asked(item), "judge")
