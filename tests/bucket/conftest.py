"""A place in a real bucket."""

from __future__ import annotations

import uuid

import pytest

from newscrawl.bucket.keys import Location
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.server.embedded import EmbeddedS3


@pytest.fixture
def store(s3: EmbeddedS3) -> ObjectStore:
    return s3.store()


@pytest.fixture
def location(s3: EmbeddedS3) -> Location:
    return Location(s3.bucket, uuid.uuid4().hex)
