"""`muster generate`: the files that follow from the declarations of routes and workers.

Collect, model, render: a pure function of the code, sorted, without clock, network or environment. What it writes is
committed, and is what gets deployed; `--check` says what is stale.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from muster.entries import Mistake
from muster.generate import drift, render_api, render_docs, render_functions, render_layers, render_openapi, render_project
from muster.generate.collect import collect
from muster.generate.model import Project
from muster.home import ROOT
from muster.layers import THIRD_PARTY

_OURS = (
    "infra/generated/*.yaml",
    "docs/openapi/*.json",
    "docs/routes.md",
    "functions/*/allowed.json",
    "layers/*/requirements.txt",
    "layers/**/Makefile",
)
"""Where generated files are, and no others."""
_PARTLY = ("pyproject.toml", "template.yaml")
"""Files of which marked parts are written."""
UP_TO_DATE = "Generated files are up to date."


def main(check: bool = False, root: Path = ROOT) -> int:
    """Write the generated files and say which, or only say which are stale. The result is the exit status."""
    try:
        project = collect(root)
        files = render(project, root)
    except Mistake as mistake:
        print(mistake)
        return 1
    written = {name: (root / name).read_text() for name in sorted(_generated_files(root))}
    if check:
        lines = list(drift.stale(root, files, written, project))
        print("\n".join([*lines, "Run `make generate` and commit what it writes."]) if lines else UP_TO_DATE)
        return 1 if lines else 0
    lines = [*_remove(written.keys() - files.keys(), root), *_write(files, written, root)]
    print("\n".join(lines) or UP_TO_DATE)
    return 0


def _remove(names: Iterable[str], root: Path) -> Iterator[str]:
    for name in sorted(names):
        (root / name).unlink()
        yield f"{name}: removed"


def _write(files: Mapping[str, str], written: Mapping[str, str], root: Path) -> Iterator[str]:
    for name in sorted(name for name, text in files.items() if text != written.get(name)):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(files[name])
        yield f"{name}: {'changed' if name in written else 'new'}"


def render(project: Project, root: Path) -> Mapping[str, str]:
    """The text of every generated file, by its path below the root."""
    pyproject, template = ((root / name).read_text() for name in _PARTLY)
    about = tomllib.loads(pyproject)["project"]
    lock = render_layers.entries((root / "requirements.lock").read_text())
    stacks = render_functions.stacks(project)
    files = {
        "infra/generated/api.yaml": render_api.render(project),
        "docs/routes.md": render_docs.routes(project),
        "pyproject.toml": render_project.pyproject(pyproject),
        "template.yaml": render_project.template(template, stacks),
    }
    files |= {f"infra/generated/{stack.folder}.yaml": stack.template() for stack in stacks}
    for api in project.apis:
        files[f"functions/{api.name}/allowed.json"] = render_docs.allowed_methods(project, api)
        files[f"docs/openapi/{api.name}.json"] = render_openapi.render(api, about["version"], about["license"])
    for layer in THIRD_PARTY.values():
        files[f"layers/{layer.name}/requirements.txt"] = render_layers.requirements(layer.packages, lock)
    return files | render_layers.makefiles()


def _generated_files(root: Path) -> Iterator[str]:
    return (path.relative_to(root).as_posix() for pattern in (*_OURS, *_PARTLY) for path in root.glob(pattern))
