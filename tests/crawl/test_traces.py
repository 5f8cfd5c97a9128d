"""With an OpenTelemetry endpoint set, a crawl sends one trace a page, from discovery to commit."""

from __future__ import annotations

import gzip
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.crawl.small_sites import Web, page, urlset
from tests.support import Archive, scrapy


@contextmanager
def collector() -> Iterator[tuple[str, list[Any]]]:
    """What takes OTLP over HTTP, and the spans that came."""
    spans: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                assert {a.key: a.value.string_value for a in resource.resource.attributes}[
                    "service.name"
                ] == "newscrawl"
                spans.extend(span for scope in resource.scope_spans for span in scope.spans)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", spans
    finally:
        server.shutdown()
        server.server_close()


def test_each_page_is_a_trace_from_discovery_to_commit(tmp_path: Path, archive: Archive) -> None:
    with ExitStack() as stack:
        web = Web(stack)
        endpoint, spans = stack.enter_context(collector())
        pages = {f"/khabar-{n}": page(n) for n in range(2)}
        site = web.site("a", {**pages}, sitemaps=["/news.xml"])
        wanted = [site.url + path for path in (*pages, "/gaya")]
        site.pages["/news.xml"] = urlset(*((url, None) for url in wanted))
        given = web._given(tmp_path, archive, OTEL_EXPORTER_OTLP_ENDPOINT=endpoint, OTEL_TRACES_SAMPLER="always_on")
        done = scrapy("crawl", "news", "-a", f"sites_file={tmp_path / 'sites.toml'}", **given)
    assert done.returncode == 0, done.stderr
    traces = defaultdict(list)
    for span in spans:
        traces[span.trace_id].append(span)
    assert len(traces) == 3
    outcomes = {}
    for trace in traces.values():
        [root] = [span for span in trace if not span.parent_span_id]
        steps = sorted((s for s in trace if s.parent_span_id), key=lambda s: s.start_time_unix_nano)
        said = {a.key: a.value.string_value for a in root.attributes}
        outcomes[said["url.full"]] = said["newscrawl.outcome"]
        assert root.name == "page" and said["newscrawl.site"] == "a"
        assert [s.name for s in steps] == ["wait", "fetch", "judge", "commit"]
        assert all(s.parent_span_id == root.span_id for s in steps)
        ends = [s.end_time_unix_nano for s in steps]
        assert ends == sorted(ends) and ends[-1] == root.end_time_unix_nano
        assert steps[0].start_time_unix_nano >= root.start_time_unix_nano
    assert set(outcomes) == set(wanted)
    assert outcomes[site.url + "/gaya"] == "reject" and "article" in outcomes.values()


def test_without_an_endpoint_nothing_is_traced(tmp_path: Path, archive: Archive) -> None:
    with ExitStack() as stack:
        web = Web(stack)
        endpoint, spans = stack.enter_context(collector())
        site = web.site("a", {"/khabar-1": page(1)}, sitemaps=["/news.xml"])
        site.pages["/news.xml"] = urlset((site.url + "/khabar-1", None))
        web.crawl(tmp_path, archive)
    assert spans == [] and endpoint
