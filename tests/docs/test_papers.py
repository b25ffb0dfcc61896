"""The papers say nothing that is not there: links, paths, commands."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAPERS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
RECORDS = sorted(ROOT.glob("docs/adr/[0-9]*.md"))
ROOMS = ("bot", "plugins", "sandbox", "tests", "docs", "examples", "systemd")

paper = pytest.mark.parametrize("paper", PAPERS, ids=[str(path.relative_to(ROOT)) for path in PAPERS])
record = pytest.mark.parametrize("record", RECORDS, ids=[path.stem for path in RECORDS])


def prose(path: Path) -> str:
    """Return a paper without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", path.read_text(), flags=re.MULTILINE | re.DOTALL)


@paper
def test_every_relative_link_leads_somewhere(paper: Path) -> None:
    targets = re.findall(r"\]\(([^)\s#]+)[^)]*\)", prose(paper))

    missing = [target for target in targets if "://" not in target and not (paper.parent / target).exists()]

    assert missing == []


@paper
def test_every_path_that_is_named_exists(paper: Path) -> None:
    named = re.findall(rf"`((?:{'|'.join(ROOMS)})/[\w./-]*)`", prose(paper))

    missing = [path for path in named if not (ROOT / path).exists()]

    assert missing == []


@paper
def test_every_import_contract_that_is_named_exists(paper: Path) -> None:
    contracts = re.findall(r"^name = (.+)$", (ROOT / "setup.cfg").read_text(), flags=re.MULTILINE)
    text = " ".join(prose(paper).split())

    named = [name for quoted in re.findall(r"[Cc]ontracts? (“[^”]+”|\"[^\"]+\")(?: and (\"[^\"]+\"))?", text) for name in quoted if name]

    assert {name.strip('"“”') for name in named} <= set(contracts)


def test_the_readme_names_the_commands_that_everybody_needs() -> None:
    text = (ROOT / "README.md").read_text()

    for words in ("make demo", "make test", "TOUR=1", "chatopsd check", "docs/slack-app-manifest.yaml", "docs/pictures/release.png"):
        assert words in text


def test_every_make_target_that_a_paper_names_exists() -> None:
    targets = re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)

    for path in PAPERS:
        assert set(re.findall(r"(?:^|`)make ([a-z]+)", path.read_text(), flags=re.MULTILINE)) <= set(targets), path


@record
def test_a_decision_record_has_its_parts_on_one_page(record: Path) -> None:
    text = record.read_text()

    assert text.startswith(f"# {int(record.name[:4])}. ")
    assert re.findall(r"^## (.+)$", text, flags=re.MULTILINE) == ["Context", "Decision", "Consequences", "How it is held"]
    assert len(text.splitlines()) <= 60


def test_the_decision_records_are_numbered_and_listed() -> None:
    index = (RECORDS[0].parent / "README.md").read_text()

    assert [int(path.name[:4]) for path in RECORDS] == list(range(1, len(RECORDS) + 1))
    assert re.findall(r"\((\d{4}-[\w-]+\.md)\)", index) == [path.name for path in RECORDS]


def test_the_newest_version_of_the_changelog_is_the_program_s_or_unreleased() -> None:
    versions = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(), flags=re.MULTILINE)

    assert versions[0] == "Unreleased"


def test_git_does_not_ignore_what_the_program_needs() -> None:
    needed = [path for room in ("bot", "plugins", "sandbox", "examples", "docs") for path in (ROOT / room).rglob("*") if path.is_file()]
    needed = [path for path in needed if "__pycache__" not in path.parts]
    if not (ROOT / ".git").exists():
        pytest.skip("this is no git checkout")

    paths = "\n".join(str(path.relative_to(ROOT)) for path in needed)
    done = subprocess.run(
        ["git", "check-ignore", "--no-index", "--stdin"], cwd=ROOT, input=paths, capture_output=True, text=True, check=False
    )

    assert done.stdout.splitlines() == []
