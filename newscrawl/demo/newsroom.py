"""Who prints which story, and how: the newsroom between `stories` and the sites.

Every derived page keeps the story it came from and the relation to it; that is the truth of the web.
"""

from __future__ import annotations

import copy
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from newscrawl.demo import names
from newscrawl.demo.outlets import DESK_OF, Outlet
from newscrawl.demo.teller import IST, Story, Teller, Topic, topics

# Age of the oldest story: a default `since` of two days then takes the whole web.
_OLDEST = timedelta(hours=36)
# Age of what the second edition brings, at most.
_SOON = timedelta(minutes=50)
# Word pairs that a desk swaps in a light edit: same gender, number and syntax.
_SYNONYMS = (
    ("करीब", "लगभग"), ("मुताबिक", "अनुसार"), ("इलाके", "क्षेत्र"), ("इस दौरान", "इस बीच"), ("जल्द", "शीघ्र"),
    ("अस्पताल", "चिकित्सालय"), ("छात्रों", "विद्यार्थियों"), ("किसानों", "कृषकों"), ("रुपये", "रुपए"),
    ("फैसला", "निर्णय"), ("इस्तेमाल", "उपयोग"), ("हालांकि", "लेकिन"), ("फिलहाल", "अभी"), ("ज्यादा", "अधिक"),
    ("साल", "वर्ष"), ("जानकारी", "सूचना"), ("खत्म", "समाप्त"), ("शुरू", "आरंभ"), ("मदद", "सहायता"),
    ("अलावा", "अतिरिक्त"), ("सिर्फ", "केवल"), ("बेहद", "अत्यंत"), ("मौजूद", "उपस्थित"), ("गिरफ्तार", "काबू"),
)  # fmt: skip
# What the desks that carry a wire story make of it.
_WAYS = ("copy", "edit", "trim", "grown", "added", "brief")
# Themes of the sites that part their stories by subheads.
_WITH_SUBHEADS = ("newspaper", "tail", "jsonld", "elementor", "blocks", "live")
# Words of a one-paragraph story: real briefs are about this long, and shorter ones are no story.
_BRIEF_WORDS = 45
# Words of an agency report cut to its opening; below this a second paragraph stays.
_TRIMMED_WORDS = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One article page. `body` holds (tag, text) with tag "p" or "h2", as printed, in order."""

    outlet: Outlet
    path: str
    story: Story
    relation: str
    title: str
    first_title: str  # as in edition 1: what other pages of the site go on linking
    body: tuple[tuple[str, str], ...]
    authors: tuple[str, ...]
    published: datetime
    modified: datetime | None = None
    expect: str = "article"
    change: str | None = None  # what edition 2 did: "new", "text", "headline"
    amp: bool = False
    listed: bool = True  # False: reached only through a trouble URL
    moments: tuple[datetime, ...] = ()  # of a live blog: when each paragraph was added, in the body's order

    @property
    def desk(self) -> str:
        """URL segment of the section that lists the page."""
        return DESK_OF.get(self.story.topic.slug, "desh")

    @property
    def image(self) -> str:
        """Path of the lead picture."""
        return f"/media/{self.published:%Y/%m}/{self.story.slug}-{len(self.title)}.jpg"

    @property
    def lede(self) -> str:
        """The paragraph that the report began with."""
        return self.body[-1 if self.outlet.newest_first else 0][1]

    @property
    def summary(self) -> str:
        """The lede's first sentence(s), as the desk's own summary."""
        return " ".join(re.split(r"(?<=[।.]) ", self.lede)[:1])

    @property
    def words(self) -> int:
        """Whitespace-separated words of the body."""
        return sum(len(text.split()) for _, text in self.body)


class Newsroom:
    """Fills each outlet with `articles` pages. One seed, one newspaper world."""

    def __init__(self, seed: int, outlets: Sequence[Outlet], articles: int, now: datetime) -> None:
        self.outlets = outlets
        self.room = {outlet.name: articles for outlet in outlets}
        self.seed, self.now, self.articles = seed, now, articles
        self.rng = self._edits = random.Random(f"{seed}:newsroom")
        self.teller = Teller(seed)
        self.pages: list[Page] = []
        self._topics = self._rotation([t for t in topics() if not t.frame])
        self._serial = 0
        self._wires: list[tuple[Story, datetime]] = []
        self._elder_wires: list[tuple[Story, datetime]] = []

    def joined_by(self, outlets: Sequence[Outlet]) -> Newsroom:
        """The newsroom of outlets that join when all is said here: it tells on, and carries wire stories of here too."""
        joined = copy.copy(self)
        joined.outlets = outlets
        joined.room = {outlet.name: self.articles for outlet in outlets}
        joined.pages, joined._wires, joined._elder_wires = [], [], self._wires
        joined.rng = random.Random(f"{self.seed}:newsroom:{outlets[0].name}")
        # How often an edit draws depends on what was told, and so on the day: who carries what must not.
        joined._edits = random.Random(f"{self.seed}:edits:{outlets[0].name}")
        return joined

    def publish(self) -> list[Page]:
        """All article pages of edition 1: shared ones first, then each site's own."""
        total = len(self.outlets) * self.articles
        for story, when in self.rng.sample(self._elder_wires, min(len(self._elder_wires), total // 20)):
            self._carry(
                self._roomiest(), story, self.rng.choice(_WAYS), when + timedelta(minutes=self.rng.randint(5, 90))
            )
        if len(self.outlets) > 1:
            for _ in range(total // 12):  # wire stories: about a quarter of all pages are carried copies
                self._wire()
            for _ in range(max(1, total // 40)):
                self._event()
        for topic in (t for t in topics() if t.frame):
            for _ in range(max(2, total // 40)):
                self._frame(topic)
        # Who joins later carries briefs only: when so much has been told, one paragraph no longer keeps its distance.
        for _ in range(0 if self._elder_wires else total // 60):
            self._own(self._roomiest(), length=1)
        long_stories = [p for p in self.pages if p.relation == "original" and len(p.body) > 3]
        if len(long_stories) >= 8:
            for i in range(2):
                self._roundup(long_stories[i * 4 : i * 4 + 4])
        for outlet in self.outlets:
            while self.room[outlet.name] > 0:
                self._own(outlet)
        return self.pages

    def extra(self, outlet: Outlet, key: str, length: int = 5) -> Page:
        """One more article, listed nowhere: what stands behind a trouble URL."""
        story = self.teller.story(f"{key}", next(self._topics), self._when(), length)
        return replace(self._page(outlet, story, "original"), listed=False)

    def second_edition(self, pages: list[Page]) -> list[Page]:
        """The same pages later: per site two texts updated, one headline corrected, two stories new.

        A web too small for that changes what it has. Everything else is the identical page.
        """
        changed = list(pages)
        for outlet in self.outlets:
            rng = random.Random(f"{self.seed}:{outlet.name}:edition2")
            own = [
                i
                for i, p in enumerate(pages)
                if p.outlet is outlet and p.listed and p.relation == "original" and p.story.more and not p.amp
            ]
            rng.shuffle(own)
            for i in own[:2]:
                page = pages[i]
                more = tuple(("p", self._stop(outlet, t)) for t in page.story.more[:1])
                when = self._soon(rng)
                if outlet.newest_first:
                    page = replace(page, body=(*more, *page.body), moments=(when, *page.moments))
                else:
                    page = replace(page, body=(*page.body, *more))
                changed[i] = replace(page, modified=when, change="text")
            for i in own[2:3]:
                page = pages[i]
                title = self._stop(outlet, page.story.titles[1])
                changed[i] = replace(page, title=title, modified=self._soon(rng), change="headline")
            for n in range(2):
                when = self._soon(rng)
                story = self.teller.story(f"{outlet.name}-new{n}", next(self._topics), when, 5)
                page = self._page(outlet, story, "original", when=when)
                changed.append(replace(page, change="new"))
        return changed

    # -- kinds of story -------------------------------------------------------------------------------

    def _own(self, outlet: Outlet, length: int = 0) -> None:
        """A story of one site alone; half of them can grow in the second edition."""
        when = self._when()
        length = length or self.rng.choice((4, 4, 4, 4, 4, 5, 5, 6, 8))
        topic = next(self._topics)
        story = self.teller.story(self._key("own"), topic, when, length, growth=1 if length > 3 else 0)
        if length == 1:
            story = self._at_least(story, topic, when)
        self._add(self._page(outlet, story, "original", when=when))

    def _at_least(self, story: Story, topic: Topic, when: datetime) -> Story:
        """A brief that came out too short is told again; ten tries are plenty for any topic."""
        for _ in range(10):
            if len(story.paragraphs[0].split()) >= _BRIEF_WORDS:
                return story
            story = self.teller.story(self._key("brief"), topic, when, 1)
        raise ValueError(f"{topic.slug}: no lede paragraph of {_BRIEF_WORDS} words")

    def _wire(self) -> None:
        """An agency report carried by two to five sites, each handling it in its own way."""
        when = self._when()
        story = self.teller.story(self._key("wire"), next(self._topics), when, self.rng.choice((4, 4, 5)), growth=3)
        self._wires.append((story, when))
        free = [o for o in self.outlets if self.room[o.name] > 0]
        carriers = self.rng.sample(free, min(len(free), self.rng.choice((2, 3, 3, 4, 5))))
        ways = list(_WAYS)
        self.rng.shuffle(ways)
        for i, outlet in enumerate(carriers):
            relation = "original" if i == 0 else ways[i - 1]
            self._carry(outlet, story, relation, when + timedelta(minutes=i * self.rng.randint(5, 40)), i)

    def _carry(self, outlet: Outlet, story: Story, relation: str, when: datetime, headline: int = 1) -> None:
        """A wire story as one site prints it; who changes the text takes another `headline`, too."""
        page = self._page(outlet, self._handled(story, relation), relation, when=min(when, self._latest()))
        title = self._stop(outlet, story.titles[0 if relation in ("original", "copy") else headline % 4])
        self._add(
            replace(
                page,
                story=story,
                title=title,
                first_title=title,
                authors=(names.AGENCY,) if relation in ("original", "copy", "trim", "brief") else page.authors,
                expect="article" if relation == "original" else "duplicate",
            )
        )

    def _handled(self, story: Story, relation: str) -> Story:
        """The story as a carrying desk prints it."""
        text = story.paragraphs
        if relation == "edit":
            text = tuple(self._reworded(p) for p in text)
        elif relation == "trim":
            text = text[: max(2, len(text) * 2 // 3)]
        elif relation == "grown":
            text = (*text, *story.more)
        elif relation == "added":
            text = (*text[:2], *story.more[:1], *text[2:])
        elif relation == "brief":
            keep = 1 if len(text[0].split()) >= _TRIMMED_WORDS else 2
            text = text[:keep]
        return replace(story, paragraphs=text)

    def _reworded(self, paragraph: str) -> str:
        """Synonyms swapped; of a long paragraph one middle sentence is dropped."""
        for old, new in _SYNONYMS:
            paragraph = re.sub(rf"(?<!\S){old}(?=[\s,।])", new, paragraph)
        sentences = re.split(r"(?<=।) ", paragraph)
        if len(sentences) > 3:
            del sentences[self._edits.randrange(1, len(sentences) - 1)]
        return " ".join(sentences)

    def _event(self) -> None:
        """One event, two newsrooms, no sentence in common."""
        free = [o for o in self.outlets if self.room[o.name] > 0]
        if len(free) < 2:
            return
        when = self._when()
        pair = self.teller.event(self._key("event"), next(self._topics), when, self.rng.choice((4, 5)))
        for outlet, story in zip(self.rng.sample(free, 2), pair, strict=True):
            self._add(self._page(outlet, story, "event", when=when))

    def _frame(self, topic: Topic) -> None:
        when = self._when()
        self._add(
            self._page(self._roomiest(), self.teller.frame(self._key(topic.slug), topic, when), "template", when=when)
        )

    def _roundup(self, sources: list[Page]) -> None:
        """A morning digest: the first paragraph of several stories. A story by itself."""
        outlet = self._roomiest()
        key = self._key("roundup")
        base = sources[0].story
        story = replace(
            base,
            id=key,
            event=key,
            titles=tuple(f"{t} : {s}" for t, s in zip(
                ("सुबह की बड़ी खबरें", "आज की सुर्खियां", "दिनभर की हलचल", "एक नजर में खबरें"),
                (p.story.city for p in sources), strict=True)),
            paragraphs=tuple(p.story.paragraphs[0] for p in sources),
            more=(),
            slug=f"badi-khabren-{key}",
        )  # fmt: skip
        self._add(self._page(outlet, story, "roundup"))

    # -- printing ----------------------------------------------------------------------------------

    def _page(self, outlet: Outlet, story: Story, relation: str, when: datetime | None = None) -> Page:
        when = when or self._when()
        local = when.astimezone(IST)
        dateline = outlet.dateline.format(
            city=story.city,
            tag=story.tags[-1],
            agency=names.AGENCY,
            date=f"{local.day} {names.MONTHS[local.month - 1]}",
        )
        first, *others = story.paragraphs
        heads = list(story.subheads[:2]) if outlet.theme in _WITH_SUBHEADS else []
        told = [[("p", self._stop(outlet, dateline + first))]]
        for i, paragraph in enumerate(others):
            head = [("h2", heads.pop(0))] if i % 2 == 1 and heads else []
            told.append([*head, ("p", self._stop(outlet, paragraph))])
        moments: list[datetime] = []
        if outlet.newest_first:
            told.reverse()
            moments = self._moments(outlet, story, when, len(told))
        rng = random.Random(f"{self.seed}:{outlet.name}:{story.id}:byline")
        author = {"person": names.person(rng), "desk": f"{outlet.title} डेस्क", "none": ""}[outlet.byline]
        title = self._stop(outlet, story.titles[0])
        return Page(
            outlet=outlet,
            path=outlet.path(
                DESK_OF.get(story.topic.slug, "desh"), story.slug, f"{self.seed}:{outlet.name}:{story.id}"
            ),
            story=story,
            relation=relation,
            title=title,
            first_title=title,
            body=tuple(block for part in told for block in part),
            authors=(author,) if author else (),
            published=when,
            modified=moments[0] if len(moments) > 1 else None,
            moments=tuple(moments),
        )

    def _moments(self, outlet: Outlet, story: Story, when: datetime, count: int) -> list[datetime]:
        """When each entry of a live blog came in, newest first: within an hour, and before the second edition adds one."""
        rng = random.Random(f"{self.seed}:{outlet.name}:{story.id}:moments")
        end = self.now - _SOON if when < self.now - _SOON else self.now
        seconds = range(60, int(min(end - when, timedelta(hours=1)).total_seconds()))
        return [*(when + timedelta(seconds=s) for s in sorted(rng.sample(seconds, count - 1), reverse=True)), when]

    @staticmethod
    def _stop(outlet: Outlet, text: str) -> str:
        return text.replace("।", outlet.full_stop)

    # -- bookkeeping -------------------------------------------------------------------------------

    def _add(self, page: Page) -> None:
        self.room[page.outlet.name] -= 1
        amp = page.outlet.amp and len(self.pages) % 4 == 0
        self.pages.append(replace(page, amp=amp))

    def _roomiest(self) -> Outlet:
        return max(self.outlets, key=lambda o: self.room[o.name])

    def _key(self, kind: str) -> str:
        self._serial += 1
        return f"{kind}-{self._serial:04d}"

    def _latest(self) -> datetime:
        return self.now - timedelta(hours=1)

    def _when(self) -> datetime:
        span = int((_OLDEST - timedelta(hours=1)).total_seconds() // 60)
        return self._latest() - timedelta(minutes=self.rng.randrange(span))

    def _soon(self, rng: random.Random) -> datetime:
        """A moment of the second edition: after every date of the first, before `now`."""
        return self.now - timedelta(minutes=rng.randint(5, _SOON // timedelta(minutes=1)))

    def _rotation(self, items: list[Topic]) -> Iterator[Topic]:
        """Topics in shuffled rounds, so that none is told more often than another."""
        while True:
            self.rng.shuffle(items)
            yield from list(items)
