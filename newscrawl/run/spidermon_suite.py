"""The watch as spidermon's users expect it: a suite of monitors, one a kind of alarm, and its actions.

Needs `pip install 'newscrawl[watch]'` and `SPIDERMON_ENABLED=1`. A project of your own subclasses `WatchSuite` to add
actions and monitors, and names it in `SPIDERMON_ENGINE_STOP_MONITORS`: at the end of the spider the run is not yet
committed.
"""

from __future__ import annotations

import json
import logging
import smtplib
import ssl
import urllib.request
from email.message import Message
from typing import Any
from urllib.parse import urlsplit

from scrapy.crawler import Crawler
from scrapy.settings import BaseSettings
from spidermon import Monitor, MonitorSuite
from spidermon.contrib.actions.email import SendEmail
from spidermon.core.actions import Action

from newscrawl.run.report import RunReport
from newscrawl.run.run import Run

logger = logging.getLogger(__name__)

# A chat's hook and a mail server answer in a second; the run is over, and somebody waits for its end.
_ANSWER_SECONDS = 10


def _headline(report: RunReport) -> str:
    return f"newscrawl run {report.run_id}: {len(report.alarms)} {'alarm' if len(report.alarms) == 1 else 'alarms'}"


def _words(report: RunReport) -> str:
    return "\n".join([_headline(report), *map(str, report.alarms)])


class RunMonitor(Monitor):  # type: ignore[misc]  # spidermon has no types
    """What the watch found in the run, one test a kind."""

    def _none(self, kind: str) -> None:
        run: Run = self.data.spider.run
        found = [str(alarm) for alarm in run.report.alarms if alarm.kind == kind]
        self.assertFalse(found, "; ".join(found))

    def test_no_site_fell_silent(self) -> None:
        """No site brings far fewer stories than it used to."""
        self._none("silent")

    def test_new_pages_come(self) -> None:
        """Of no site new pages are named and none comes."""
        self._none("missing")

    def test_sources_are_read(self) -> None:
        """Of each site some source answers, and names what it used to."""
        self._none("sources")

    def test_pages_are_stories(self) -> None:
        """No site's pages are refused that were stories."""
        self._none("rejects")

    def test_stories_are_as_long_as_they_were(self) -> None:
        """No site's texts are cut, or hold what is no text."""
        self._none("length")

    def test_stories_are_dated(self) -> None:
        """No site's dates are lost."""
        self._none("dates")

    def test_stories_are_their_own(self) -> None:
        """No site's stories are all one text."""
        self._none("duplicates")

    def test_the_store_is_quick(self) -> None:
        """Batches are stored as fast as they were."""
        self._none("store")

    def test_bucket_and_state_agree(self) -> None:
        """The bucket has what the state says that this run committed."""
        self._none("disagree")


class PostWebhook(Action):  # type: ignore[misc]
    """POST the alarms as JSON to `NEWSCRAWL_ALARM_WEBHOOK`: `text` in words (what chats show), and `alarms`, as
    `run.json` has them."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url

    @classmethod
    def from_crawler_kwargs(cls, crawler: Crawler) -> dict[str, Any]:
        return {"url": crawler.settings["NEWSCRAWL_ALARM_WEBHOOK"]}

    def run_action(self) -> None:
        run: Run = self.data.spider.run
        report = run.report
        body = {
            "text": _words(report),
            "run_id": report.run_id,
            "alarms": report.alarm_documents,
        }
        request = urllib.request.Request(
            self.url, json.dumps(body, ensure_ascii=False).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=_ANSWER_SECONDS) as answer:
            # Its path is what a chat knows the sender by.
            host = urlsplit(self.url).hostname
            logger.info("told %s of %d alarms: HTTP %d", host, len(report.alarms), answer.status)


class SendMail(SendEmail):  # type: ignore[misc]
    """Send the alarms by e-mail, by spidermon's settings for it; subject and text are ours where these name none.

    By `smtplib`, before the run ends: spidermon's own action hands its mail to `scrapy.mail`, which Scrapy calls
    deprecated and which the end of the process may overtake, and wants a password. Here `SPIDERMON_SMTP_USER` may be
    left out. The connection is encrypted where `SPIDERMON_SMTP_ENFORCE_SSL` says so (from its first byte),
    `SPIDERMON_SMTP_ENFORCE_TLS` does, or there is a password.
    """

    # Jinja, as spidermon's settings for them.
    subject = "{{ headline }}"
    body_text = "{{ words }}"
    body_html_template = None

    def __init__(self, settings: BaseSettings, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.settings = settings

    @classmethod
    def from_crawler_kwargs(cls, crawler: Crawler) -> dict[str, Any]:
        return {**super().from_crawler_kwargs(crawler), "settings": crawler.settings}

    def get_template_context(self) -> dict[str, Any]:
        report: RunReport = self.data.spider.run.report
        return {"headline": _headline(report), "words": _words(report), **super().get_template_context()}

    def send_message(self, message: Message, **kwargs: Any) -> None:
        settings = self.settings
        host = settings.get("SPIDERMON_SMTP_HOST", "localhost")
        port = settings.getint("SPIDERMON_SMTP_PORT")
        user, password = settings.get("SPIDERMON_SMTP_USER"), settings.get("SPIDERMON_SMTP_PASSWORD")
        # Without it smtplib takes any certificate, and hands the password to whoever shows one.
        trusted = ssl.create_default_context()
        encrypted = settings.getbool("SPIDERMON_SMTP_ENFORCE_SSL")
        with (
            smtplib.SMTP_SSL(host, port, timeout=_ANSWER_SECONDS, context=trusted)
            if encrypted
            else smtplib.SMTP(host, port, timeout=_ANSWER_SECONDS)
        ) as server:
            if not encrypted and (user or settings.getbool("SPIDERMON_SMTP_ENFORCE_TLS")):
                server.starttls(context=trusted)
            if user:
                server.login(user, password)
            del message["Bcc"]  # told to the server, not to the others
            server.send_message(message, to_addrs=[*self.to, *(self.cc or ()), *(self.bcc or ())])
        logger.info("told %s by e-mail of %d alarms", ", ".join(self.to), len(self.data.spider.run.report.alarms))


class WatchSuite(MonitorSuite):  # type: ignore[misc]
    """The monitors; actions where their settings are there: `NEWSCRAWL_ALARM_WEBHOOK`, and spidermon's for e-mail."""

    monitors = [RunMonitor]

    def __init__(self, *args: Any, crawler: Crawler | None = None, **kwargs: Any) -> None:
        super().__init__(*args, crawler=crawler, **kwargs)
        settings = crawler.settings if crawler else {}
        if settings.get("NEWSCRAWL_ALARM_WEBHOOK"):
            self.add_monitors_failed_actions([PostWebhook])
        if settings.get("SPIDERMON_EMAIL_TO"):
            self.add_monitors_failed_actions([SendMail])
