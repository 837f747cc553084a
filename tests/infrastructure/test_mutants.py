"""`make mutants`: its entries fit the source as it is, and it tells a net that holds from one with a hole."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from muster.home import ROOT
from tests.mutants.catalogue import MUTANTS
from tests.mutants.mutant import Mutant
from tests.mutants.runner import Runner

MODULE = "layers/fleet/python/fleet/ages.py"
SOURCE = '''"""Ages."""

MOST = 150


def adult(age: int) -> bool:
    return age >= 18


def possible(age: int) -> bool:
    return 0 <= age <= MOST
'''
TESTS = """from fleet.ages import adult, possible


def test_at_eighteen() -> None:
    assert adult(18)


def test_before() -> None:
    assert not adult(17)


def test_nobody_is_that_old() -> None:
    assert not possible(1000)
"""
CAUGHT = Mutant("one year late", MODULE, {"age >= 18": "age > 18"}, ("tests",))


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
class TestEveryMutant:
    def test_it_changes_what_is_there_once(self, mutant: Mutant) -> None:
        before = (ROOT / mutant.file).read_text()
        after = mutant.applied(before)
        assert after != before
        compile(after, mutant.file, "exec")

    def test_it_names_tests_that_are_there(self, mutant: Mutant) -> None:
        assert mutant.tests
        assert all((ROOT / name).exists() for name in mutant.tests)

    def test_it_is_described(self, mutant: Mutant) -> None:
        assert f"| {mutant.name} |" in (ROOT / "docs/mutants.md").read_text()


def test_no_two_have_one_name() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)


@pytest.mark.parametrize("text", ["age", "year"], ids=["several times", "not at all"])
def test_a_text_that_is_not_there_once_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="one year late"):
        replace(CAUGHT, changes={text: ""}).applied(SOURCE)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of one module, with tests that leave a hole."""
    for name, text in {MODULE: SOURCE, "tests/test_ages.py": TESTS, "pyproject.toml": "[tool.pytest.ini_options]\n"}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    return tmp_path


def tried(project: Path, *mutants: Mutant) -> tuple[int, list[str]]:
    """The exit code, and the lines that were printed."""
    lines: list[str] = []
    return Runner(project, 1).run(mutants, lines.append), lines


def test_a_fault_that_fails_a_test_is_caught(project: Path) -> None:
    code, lines = tried(project, CAUGHT)
    assert code == 0
    assert lines[1].startswith("one year late: caught by tests/test_ages.py::test_at_eighteen")
    assert lines[-1] == "1 of 1 mutants caught"
    assert (project / MODULE).read_text() == SOURCE


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "report"),
    [
        ({"MOST = 150": "MOST = 200"}, "SURVIVED"),
        ({"MOST = 150": "MOST = nobody"}, "SHOWS NOTHING"),
    ],
    ids=["one that no test notices", "one that only breaks the import"],
)
def test_a_fault_that_fails_no_test_is_not(project: Path, changes: dict[str, str], report: str) -> None:
    code, lines = tried(project, CAUGHT, Mutant("another", MODULE, changes, ("tests",)))
    assert code == 1
    assert lines[2].startswith(f"another: {report}")
    assert lines[-1] == "1 of 2 mutants caught"


@pytest.mark.slow
def test_tests_that_fail_without_a_fault_show_nothing(project: Path) -> None:
    (project / "tests/test_ages.py").write_text(TESTS.replace("adult(18)", "adult(16)"))
    code, lines = tried(project, CAUGHT)
    assert code == 1
    assert "tests: tests/test_ages.py::test_at_eighteen" in lines[0]
    assert len(lines) == 1


def test_tests_that_never_load_the_file_show_nothing(project: Path) -> None:
    (project / "layers/fleet/python/fleet/unused.py").write_text("AGE = 18\n")
    code, lines = tried(project, Mutant("unused", "layers/fleet/python/fleet/unused.py", {"18": "19"}, ("tests",)))
    assert code == 1
    assert "no test of tests loads layers/fleet/python/fleet/unused.py" in lines[0]


def test_the_code_of_the_copy_is_loaded_and_not_the_original_s(project: Path) -> None:
    """A test that goes back to the original shows nothing of a fault in the copy."""
    (project / "tests/conftest.py").write_text(f"import sys\n\nsys.path.insert(0, {str(project / 'layers/fleet/python')!r})\n")
    code, lines = tried(project, CAUGHT)
    assert code == 1
    assert f"tests loads the original in place of the copy: {MODULE}" in lines[0]
