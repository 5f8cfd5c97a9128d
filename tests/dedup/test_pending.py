"""What no commit has covered yet is found as if it were committed."""

from __future__ import annotations

import random

from newscrawl.dedup.entries import posting_keys
from newscrawl.dedup.lsh import lsh_over, memory_lsh, minhash_of
from newscrawl.dedup.pending import Pending
from newscrawl.dedup.postings import FREQUENT_KEY
from newscrawl.dedup.signature import NUM_PERM, signature


def test_the_newest_rows_of_a_key_are_kept_as_the_database_keeps_them() -> None:
    pending = Pending()
    names = [f"article-{n}" for n in range(FREQUENT_KEY + 5)]
    for name in names:
        pending.insert([(7, name)])
    assert pending.get(7) == tuple(names[-FREQUENT_KEY:])
    pending.remove([(7, name) for name in names[:6]])
    assert pending.get(7) == tuple(names[6:])
    pending.remove([(7, name) for name in names])
    assert pending.get(7) == ()


def test_it_meets_whom_datasketch_over_its_own_dicts_meets() -> None:
    draw = random.Random(5)
    words = [f"शब्द{n}" for n in range(400)]
    texts = [" ".join(draw.choices(words, k=120)) for _ in range(6)]
    # Versions of each, from nearly the same to hardly the same.
    texts += [
        " ".join([*t.split()[: 120 - cut], *draw.choices(words, k=cut)]) for t in texts for cut in (4, 15, 40, 80)
    ]
    pending, theirs = Pending(), memory_lsh(NUM_PERM)
    ours = lsh_over([pending], NUM_PERM)
    signatures = [signature(text) for text in texts]
    for n, signed in enumerate(signatures):
        pending.insert((key, str(n)) for key in posting_keys(signed))
        theirs.insert(str(n), minhash_of(signed))
    met = [set(ours.query(minhash_of(signed))) for signed in signatures]
    assert met == [set(theirs.query(minhash_of(signed))) for signed in signatures]
    assert any(len(found) > 1 for found in met)
    assert any(len(found) < len(texts) for found in met)
