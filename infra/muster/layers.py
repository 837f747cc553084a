"""The third-party layers. This is the one place that lists them.

What follows from it is written by `muster generate`: what each installs, its makefile, its block in template.yaml, and the
parameter of the stacks whose functions need it. A new package also belongs in pyproject.toml, and in the lock by `make lock`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class ThirdParty:
    """`layers/<name>` holds these packages, as requirements.lock pins them. A function gets it that reaches `imports("<name>")`."""

    name: str
    description: str
    packages: tuple[str, ...]

    @property
    def id(self) -> str:
        """The logical id in template.yaml, and the parameter of stacks."""
        return f"{self.name.capitalize()}Layer"


DEPENDENCIES = ThirdParty(
    "dependencies",
    "Chalice's runtime, pydantic, Powertools and boto3.",
    (
        "annotated-types",
        "aws-lambda-powertools",
        "boto3",
        "botocore",
        "chalice",
        "jmespath",
        "pydantic",
        "pydantic-core",
        "python-dateutil",
        "python-multipart",
        "s3transfer",
        "six",
        "typing-extensions",
        "typing-inspection",
        "urllib3",
    ),
)
"""What every function gets."""
THIRD_PARTY: Mapping[str, ThirdParty] = {
    each.name: each
    for each in (
        DEPENDENCIES,
        ThirdParty("cryptography", "For the functions that seal, sign or verify.", ("cffi", "cryptography", "pycparser")),
    )
}
"""Every third-party layer by its name."""
