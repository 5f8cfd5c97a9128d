"""Stories, pages and outcomes for unit tests. The sentences are made up."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

from newscrawl.dedup.signature import signature
from newscrawl.items import Article, Page, Reason, Reject

NOW = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)

STORY = (
    "रामगढ़ नगर पालिका ने शुक्रवार को पुराने बस अड्डे के पास बने जलाशय की सफाई का काम शुरू कराया।\n"
    "पालिका अध्यक्ष सुनीता महतो ने बताया कि इस पर अठारह लाख रुपये खर्च होंगे और काम चार महीने में पूरा होगा।\n"
    "मोहल्ले के लोगों ने कहा कि बरसात में जलाशय का पानी घरों तक पहुंच जाता था, इसलिए वे लंबे समय से मांग कर रहे थे।\n"
    "अधिशासी अभियंता ने भरोसा दिलाया कि किनारे पर टहलने का रास्ता और बैठने की जगह भी बनाई जाएगी।"
)
OTHER = (
    "जिला हॉकी प्रतियोगिता के फाइनल में सेंट जोसेफ स्कूल की टीम ने राजकीय विद्यालय को तीन गोल से हराया।\n"
    "कप्तान अनुराग टोप्पो ने दो गोल दागे और उन्हें प्रतियोगिता का सर्वश्रेष्ठ खिलाड़ी चुना गया।\n"
    "विजेता टीम अब अगले महीने रांची में होने वाली राज्य स्तरीय प्रतियोगिता में खेलेगी।"
)


def article(text: str = STORY, url: str = "https://a.example/jalashay-safai-101", **changes: Any) -> Article:
    """A kept article of site "a"; any field can be changed."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    title = changes.pop("title", "जलाशय की सफाई शुरू")
    own = hashlib.sha256(f"{changes.get('canonical_url', url)}{title}{digest}".encode()).hexdigest()[:32]
    fields: dict[str, Any] = {
        "id": own,
        "discovered_url": url,
        "url": url,
        "canonical_url": url,
        "site": "a",
        "title": title,
        "text": text,
        "fetched_at": NOW,
        "language": "hi",
        "word_count": len(text.split()),
        "content_sha256": digest,
        "signature": signature(text),
    }
    return Article(**(fields | changes))


def reject(url: str = "https://a.example/gone-1", reason: Reason = Reason.GONE, **changes: Any) -> Reject:
    """A rejected page of site "a"."""
    return Reject(**({"url": url, "site": "a", "fetched_at": NOW, "reason": reason, "http_status": 404} | changes))


def page(body: bytes | str, url: str = "https://a.example/jalashay-safai-101", **changes: Any) -> Page:
    """An answered page of site "a"."""
    raw = body.encode() if isinstance(body, str) else body
    fields: dict[str, Any] = {"discovered_url": url, "url": url, "site": "a", "fetched_at": NOW, "status": 200}
    return Page(**(fields | {"body": raw, "content_type": "text/html; charset=utf-8"} | changes))


def html(text: str = STORY, title: str = "जलाशय की सफाई शुरू") -> str:
    """A plain page that tells a story."""
    paragraphs = "".join(f"<p>{p}</p>" for p in text.split("\n"))
    return (
        f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>{paragraphs}</article></body></html>"
    )
