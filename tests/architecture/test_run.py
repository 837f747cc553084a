"""The order of the tests, their cost accounting, and the time budgets of `make check`."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from muster.home import ROOT
from tests.harness.accounting import LONGEST_LOOPS, MEAN_CALLS, MEAN_LOOPS, Account
from tests.harness.order import halves, tree_seed
from tests.harness.run import WHOLE, shares, soak

MODULES = {f"tests/test_{number}.py": number % 13 + 1 for number in range(200)}
LONG = """
import pytest
from tests.harness.accounting import LONGEST_LOOPS, loop

def work():
    for _ in range(LONGEST_LOOPS * 2):
        loop()

def test_long():
    work()

@pytest.mark.slow
def test_that_may_be_long():
    work()

def test_quick():
    pass
"""


WHERE = """
def test_first(): pass
def test_second(): pass
"""


class TestHalves:
    def test_every_module_is_in_one_of_two_that_are_equal_but_for_the_module_at_the_cut(self) -> None:
        found = halves(MODULES)
        assert found.keys() == MODULES.keys()
        sizes = Counter[int]()
        for module, half in found.items():
            sizes[half] += MODULES[module]
        assert sizes.keys() == {0, 1}
        assert abs(sizes[0] - sizes[1]) <= max(MODULES.values())

    def test_they_do_not_depend_on_the_order_in_which_modules_are_found(self) -> None:
        assert halves(dict(reversed(MODULES.items()))) == halves(MODULES)

    def test_a_new_module_moves_none_but_those_at_the_cut(self) -> None:
        before, after = halves(MODULES), halves(MODULES | {"tests/test_new.py": 9})
        moved = [module for module in MODULES if before[module] != after[module]]
        assert sum(MODULES[module] for module in moved) <= 9 + max(MODULES.values())

    def test_names_next_to_each_other_are_not_in_one_half(self) -> None:
        assert set(halves(dict.fromkeys("abcdefgh", 1)).values()) == {0, 1}
        assert halves({"tests/test_only.py": 5}) == {"tests/test_only.py": 0}

    @pytest.mark.slow
    def test_each_runs_in_one_process(self, tmp_path: Path) -> None:
        for letter in "abcdef":
            (tmp_path / f"test_{letter}.py").write_text(WHERE)
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "tests.harness.order",
            "-c",
            "/dev/null",
            "-n",
            "2",
            "--order",
            "7",
            "-v",
            str(tmp_path),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
        assert done.returncode == 0, done.stdout
        ran = set(re.findall(r"^\[(gw\d)\].*PASSED \S*(test_\w\.py)::", done.stdout, re.MULTILINE))
        half = halves({f"test_{letter}.py": 2 for letter in "abcdef"})
        assert {module for _, module in ran} == half.keys()
        assert len(ran) == len(half), "each module in one process"
        assert len({(process, half[module]) for process, module in ran}) == 2


class TestSeed:
    def test_it_is_that_of_the_committed_tree(self, tmp_path: Path) -> None:
        git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b.example"]
        source = tmp_path / "tests/test_a.py"
        source.parent.mkdir()
        seeds = []
        for text in ("first", "second", "first"):
            source.write_text(text)
            for command in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "--message", text]):
                subprocess.run([*git, *command], check=True)
            source.write_text("not committed")
            seeds.append(tree_seed(tmp_path))
        assert seeds[0] == seeds[2] != seeds[1]

    def test_outside_of_a_repository_it_is_that_of_the_files(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
        seeds = []
        for name, text in (("a", "first"), ("a", "second"), ("b", "second")):
            root = tmp_path / f"{name}-{text}"
            (root / "tests").mkdir(parents=True)
            (root / f"tests/test_{name}.py").write_text(text)
            seeds += [tree_seed(root), tree_seed(root)]
        assert seeds[::2] == seeds[1::2]
        assert len(set(seeds)) == 3


def account(mean_loops: float = 1.0, calls: float = 1.0, longest: float = 1.0, slow: bool = False) -> Account:
    """The account of a hundred tests on a machine where the loop takes ten milliseconds."""
    return Account(mean_loops, round(calls * 100), [0.01], 100, [(longest * 0.01, "tests/test_a.py::test_long", slow)])


class TestLimits:
    def test_what_is_below_all_of_them_is_fine(self) -> None:
        assert account(MEAN_LOOPS - 0.1, MEAN_CALLS - 0.1, LONGEST_LOOPS - 1).over("means") == []

    def test_the_means_hold_where_they_are_asked_for(self) -> None:
        assert len(account(mean_loops=MEAN_LOOPS + 0.1).over("means")) == 1
        assert len(account(calls=MEAN_CALLS + 0.1).over("means")) == 1
        assert account(MEAN_LOOPS + 0.1, MEAN_CALLS + 0.1).over("longest") == []

    def test_no_test_is_long_unless_it_is_marked(self) -> None:
        (finding,) = account(longest=LONGEST_LOOPS + 1).over("longest")
        assert "tests/test_a.py::test_long" in finding
        assert account(longest=LONGEST_LOOPS + 1, slow=True).over("means") == []
        assert account(longest=LONGEST_LOOPS + 1).over("nothing") == []

    def test_accounts_of_two_processes_are_one(self) -> None:
        whole = account(longest=2)
        whole.add(account(longest=3))
        assert (whole.tests, whole.calls, whole.seconds, len(whole.loops)) == (200, 200, 2.0, 2)
        assert [seconds for seconds, *_ in whole.slowest] == [0.03, 0.02]

    @pytest.mark.slow
    def test_a_run_fails_for_a_long_test_that_is_not_marked_and_tells_its_cost(self, tmp_path: Path) -> None:
        (tmp_path / "test_it.py").write_text(LONG)
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "tests.harness.accounting",
            "--hold",
            "longest",
            "-c",
            "/dev/null",
            "-n",
            "2",
        ]
        done = subprocess.run([*command, str(tmp_path)], capture_output=True, text=True, check=False, cwd=ROOT)
        assert done.returncode == 1, done.stdout
        assert "3 passed" in done.stdout
        (over,) = re.findall(r"Over its limit: .*::(test_\w+) took \d", done.stdout)
        assert over == "test_long"
        finding = re.search(
            r"^[\d.]+ s of processor time, 3 tests: \S+ ms \(([\d.]+) loops .* and 0\.00 calls of AWS a test$", done.stdout, re.M
        )
        assert finding
        assert float(finding[1]) > LONGEST_LOOPS * 2 / 3


class TestShares:
    def test_every_part_of_make_check_has_a_share_and_all_fit(self) -> None:
        (targets,) = re.findall(r"^CHECKS := (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
        found = shares()
        assert set(targets.split()) <= found.keys()
        assert 0 < sum(found.values()) <= WHOLE

    def test_what_is_shared_out_and_is_no_target_yet_says_so(self) -> None:
        made = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
        rows = re.findall(r"^\| `make ([a-z-]+)` \| \d+ \| (.*) \|$", (ROOT / "docs/budgets.md").read_text(), re.MULTILINE)
        assert {target for target, what in rows if "no such target yet" in what} == {target for target, _ in rows} - made

    def test_a_soak_runs_several_orders_and_the_full_sizes(self) -> None:
        steps = soak()
        orders = [step.variables["ORDER"] for step in steps if step.target == "test"]
        assert len(set(orders)) == len(orders) > 1
        assert {step.target for step in steps if step.variables.get("SOAK")} == {"test", "test-slow", "test-structure", "test-cloud"}
