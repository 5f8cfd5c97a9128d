"""The engine that `make scale` names runs as its users have it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from newscrawl.server.embedded import EmbeddedS3


@pytest.fixture(scope="session", autouse=True)
def cluster(request: pytest.FixtureRequest) -> Iterator[None]:
    """Ray's is a cluster of two nodes, of one core each: both are on this machine, but what one has the other is sent.

    Each has the bucket's credentials in its environment, as `docs/scale.md` asks.
    """
    if os.environ.get("TEST_ENGINE") != "ray":
        yield
        return
    from ray.cluster_utils import Cluster

    s3: EmbeddedS3 = request.getfixturevalue("s3")
    with pytest.MonkeyPatch.context() as patched:
        for name, value in s3.aws_env().items():
            patched.setenv(name, value)
        made = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
        made.add_node(num_cpus=1)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("RAY_ADDRESS", made.address)
        yield
    made.shutdown()
