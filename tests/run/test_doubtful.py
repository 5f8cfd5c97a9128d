"""Stories of doubtful text are named in the report, the least sure first."""

from __future__ import annotations

from newscrawl.run.report import RunReport


def test_the_least_sure_are_named_and_all_are_counted() -> None:
    report = RunReport(run_id="r")
    for n in range(300):
        report.doubt(f"https://x.example.in/{n}", n / 1000)
    document = report.document(finish_reason="finished", settings_sha256="", conditional_put=True, index={})
    assert document["doubtful"] == 300
    assert next(iter(document["doubtful_pages"])) == "https://x.example.in/0"
    assert len(document["doubtful_pages"]) == 100 and max(document["doubtful_pages"].values()) < 0.1
