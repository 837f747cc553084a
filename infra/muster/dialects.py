"""The APIs that Muster speaks. This is the one place that lists them.

What follows from it is written by `muster generate`: paths and packages in pyproject.toml, layers and stacks in
template.yaml, and all that is generated for each API. An API without an entry is refused by name.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ListedDialect:
    """One API: `functions/<folder>` holds its routes, `layers/dialects/<package>` what they share; two APIs may share a package.

    `short` begins the names of its deployed functions, which AWS limits to 64 characters; `prefixes` are where its paths begin.
    """

    folder: str
    package: str
    title: str
    short: str
    prefixes: tuple[str, ...]

    @property
    def layer(self) -> str:
        """The logical id of its layer in template.yaml."""
        return f"{self.package.capitalize()}Layer"

    @property
    def stack(self) -> str:
        """The logical id of its stack in template.yaml."""
        return self.folder.capitalize()

    def has(self, path: str) -> bool:
        """Whether a path is below one of its prefixes, or is one of them."""
        return path in self.prefixes or path.startswith(tuple(f"{prefix}/" for prefix in self.prefixes))

    @property
    def value(self) -> str:
        """The name of its value in `<package>.dialect`: `api` where the package holds one API."""
        return "api" if self.folder == self.package else self.folder


DIALECTS: tuple[ListedDialect, ...] = (
    ListedDialect(folder="wisdm", package="wisdm", title="WisDM API v4", short="wisdm", prefixes=("/v4",)),
    ListedDialect(
        folder="thingsee",
        package="thingsee",
        title="Thingsee Operations Cloud API",
        short="thingsee",
        prefixes=("/things", "/groups", "/auth"),
    ),
    ListedDialect(folder="wegnology", package="wegnology", title="WEGnology Devices API", short="weg", prefixes=("/applications",)),
    ListedDialect(folder="media", package="media", title="Links to files", short="media", prefixes=("/media",)),
)


def dialect_of(folder: str) -> ListedDialect:
    """The entry of an API by the name of its folder. KeyError for one that has none."""
    return {each.folder: each for each in DIALECTS}[folder]


def packages() -> list[str]:
    """The packages of all APIs, each once, in the order of the list."""
    return list(dict.fromkeys(each.package for each in DIALECTS))
