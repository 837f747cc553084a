"""What `muster generate` writes: committed as it is, the same each time, and checked with names."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from samtranslator.yaml_helper import yaml_parse

from muster.generate import render
from muster.generate.collect import collect
from muster.home import ROOT
from tests.infrastructure.copied import copied, run


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The project in a folder where it may be changed."""
    return copied(tmp_path)


def generate(root: Path, *, check: bool) -> subprocess.CompletedProcess[str]:
    """Run the generator on a copy."""
    return run(root, f"import sys; from muster import generate; sys.exit(generate.main(check={check}))")


def test_what_is_committed_is_what_is_generated() -> None:
    for name, text in render(collect(ROOT), ROOT).items():
        assert (ROOT / name).read_text() == text, f"{name} is stale: run make generate"


def test_a_fresh_copy_is_up_to_date_without_any_environment(copy: Path) -> None:
    done = generate(copy, check=True)
    assert (done.returncode, done.stdout) == (0, "Generated files are up to date.\n"), done.stderr


@pytest.mark.slow
def test_a_stale_file_and_a_changed_policy_are_named(copy: Path) -> None:
    route = copy / "functions/wisdm/organization/get.py"
    text = route.read_text()
    assert "uses=(Organizations.by_id,)" in text
    route.write_text(text.replace("uses=(Organizations.by_id,)", "uses=(Organizations.by_id, create)") + "\n\nassert create\n")
    route.write_text("from fleet.registry.manage_locations import create\n" + route.read_text())
    done = generate(copy, check=True)
    assert done.returncode == 1
    assert "wisdm get_organization: grants differ" in done.stdout.splitlines()
    assert "infra/generated/wisdm.yaml: stale" in done.stdout.splitlines()
    assert "docs/routes.md: stale" in done.stdout.splitlines()
    assert "wisdm get_version: grants differ" not in done.stdout
    stale = {line.removesuffix(": stale") for line in done.stdout.splitlines() if line.endswith(": stale")}
    assert set(generate(copy, check=False).stdout.splitlines()) == {f"{name}: changed" for name in stale}
    assert generate(copy, check=True).returncode == 0
    assert generate(copy, check=False).stdout == "Generated files are up to date.\n"


@pytest.mark.slow
def test_a_missing_and_a_left_over_file_are_named(copy: Path) -> None:
    (copy / "docs/openapi/wisdm.json").unlink()
    (copy / "infra/generated/gone.yaml").write_text("Resources: {}\n")
    lines = generate(copy, check=True).stdout.splitlines()
    assert {"docs/openapi/wisdm.json: missing", "infra/generated/gone.yaml: left over"} <= set(lines)
    done = generate(copy, check=False)
    assert (done.returncode, done.stdout) == (0, "infra/generated/gone.yaml: removed\ndocs/openapi/wisdm.json: new\n")
    assert not (copy / "infra/generated/gone.yaml").exists()


def test_a_route_declared_twice_is_a_mistake(copy: Path) -> None:
    shutil.copy(copy / "functions/wisdm/version/get.py", copy / "functions/wisdm/version/again.py")
    done = generate(copy, check=True)
    assert (done.returncode, done.stdout) == (1, "functions/wisdm: get_version is declared 2 times\n")


def test_a_path_below_no_prefix_of_its_api_is_a_mistake(copy: Path) -> None:
    route = copy / "functions/wisdm/version/get.py"
    route.write_text(route.read_text().replace('"/v4/version"', '"/v5/version"'))
    done = generate(copy, check=True)
    assert (done.returncode, done.stdout) == (1, "wisdm get_version: its path must begin with /v4, not /v5/version\n")


LAYERS = """        ThirdParty("imaging", "For the functions that read pictures.", ("six",)),
        ThirdParty("rendering", "For the functions that write configuration.", ("six",)),
        ThirdParty("shells", "For the functions that open shells.", ("six",)),
"""


def reach(copy: Path, *layers: str) -> None:
    """List three third-party layers more, and let a route reach some of them."""
    listed = copy / "infra/muster/layers.py"
    listed.write_text(listed.read_text().replace("        DEPENDENCIES,\n", f"        DEPENDENCIES,\n{LAYERS}"))
    route = copy / "functions/wisdm/version/get.py"
    text = route.read_text().replace(
        "from fleet.build import commit\n", "from fleet.build import commit\nfrom fleet.grants import imports\n"
    )
    marks = "\n".join(f'@imports("{layer}")' for layer in layers)
    text = text.replace("\n\n\n@api", f'\n\n\n{marks}\ndef open_all() -> None:\n    """Reach the layers."""\n\n\n@api')
    route.write_text(text.replace('scope="READ")', 'scope="READ", uses=(open_all,))'))


@pytest.mark.slow
def test_a_layer_that_is_listed_is_built_passed_and_given_to_the_functions_that_reach_it(copy: Path) -> None:
    reach(copy, "imaging", "rendering")
    done = generate(copy, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    root, stack = (yaml_parse((copy / name).read_text()) for name in ("template.yaml", "infra/generated/wisdm.yaml"))
    assert root["Resources"]["ImagingLayer"]["Properties"]["ContentUri"] == "layers/imaging"
    assert root["Resources"]["Wisdm"]["Properties"]["Parameters"]["RenderingLayer"] == {"Ref": "RenderingLayer"}
    assert not {"ImagingLayer", "RenderingLayer"} & root["Resources"]["Thingsee"]["Properties"]["Parameters"].keys()
    assert "ShellsLayer" not in stack["Parameters"]
    assert stack["Resources"]["GetVersion"]["Properties"]["Layers"] == [{"Ref": "ImagingLayer"}, {"Ref": "RenderingLayer"}]
    assert "build-ImagingLayer:\n\t$(MUSTER) build " in (copy / "layers/imaging/Makefile").read_text()
    assert "\nsix==" in (copy / "layers/imaging/requirements.txt").read_text()


def test_more_layers_than_lambda_takes_are_a_mistake(copy: Path) -> None:
    reach(copy, "imaging", "rendering", "shells")
    done = generate(copy, check=True)
    told = "wisdm get_version: Lambda takes 5 layers, this function needs 6: dependencies, fleet, wisdm, imaging, rendering, shells\n"
    assert (done.returncode, done.stdout) == (1, told)


def test_a_layer_that_is_not_listed_is_a_mistake(copy: Path) -> None:
    reach(copy, "sound")
    done = generate(copy, check=True)
    assert (done.returncode, done.stdout) == (1, "wisdm get_version: no layer is called sound: add it to infra/muster/layers.py\n")


def test_an_api_that_is_not_listed_is_a_mistake(copy: Path) -> None:
    (copy / "functions/acme").mkdir()
    done = generate(copy, check=True)
    assert (done.returncode, done.stdout) == (1, "functions/acme is no API that is listed: add it to infra/muster/dialects.py\n")


def test_an_api_that_is_listed_and_not_there_is_a_mistake(copy: Path) -> None:
    shutil.rmtree(copy / "functions/thingsee")
    done = generate(copy, check=True)
    assert (done.returncode, done.stdout) == (1, "infra/muster/dialects.py lists thingsee, but there is no functions/thingsee\n")


@pytest.mark.slow
def test_what_follows_from_the_list_of_apis_is_written_into_files_by_hand(copy: Path) -> None:
    """A list without one of the APIs leaves no word of it in what is written; the list as it is puts all of it back."""
    names = ("pyproject.toml", "template.yaml")
    before = {name: (copy / name).read_text() for name in names}
    list_of_apis = (copy / "infra/muster/dialects.py").read_text()
    start = list_of_apis.index('    ListedDialect(\n        folder="thingsee"')
    end = list_of_apis.index("    ListedDialect(", start + 1)
    (copy / "infra/muster/dialects.py").write_text(list_of_apis[:start] + list_of_apis[end:])
    shutil.move(copy / "functions/thingsee", copy / "elsewhere")
    done = generate(copy, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    written = [line for line in (copy / "pyproject.toml").read_text().splitlines() if line.endswith("# written by `muster generate`")]
    assert len(written) == 9
    assert not [line for line in written if "thingsee" in line]
    assert "hingsee" not in (copy / "template.yaml").read_text()
    (copy / "infra/muster/dialects.py").write_text(list_of_apis)
    shutil.move(copy / "elsewhere", copy / "functions/thingsee")
    assert generate(copy, check=False).returncode == 0
    assert {name: (copy / name).read_text() for name in names} == before


def test_a_file_that_is_no_route_is_a_mistake(copy: Path) -> None:
    (copy / "functions/wisdm/version/odd.py").write_text("handler = print\n")
    done = generate(copy, check=True)
    assert (done.returncode, done.stdout) == (1, "functions/wisdm/version.odd: handler is not a route of wisdm\n")
