"""Deploys what was built to a cloud: archives and nested templates go to a bucket, CloudFormation does the rest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3

from muster.build import tree
from muster.local import deploy

_CAPABILITIES = ("CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND")


class ArtifactBucket:
    """A bucket of artifacts, which remembers what it has uploaded."""

    def __init__(self, bucket: str, endpoint: str) -> None:
        self.bucket, self.endpoint = bucket, endpoint
        self._s3 = boto3.client("s3")
        self._s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": self._s3.meta.region_name})
        self._held: set[str] = set()

    def put(self, name: str, content: bytes) -> None:
        """Upload an object; one whose name contains its digest is uploaded only once."""
        if name not in self._held or name.endswith(".json"):
            self._s3.put_object(Bucket=self.bucket, Key=name, Body=content)
            self._held.add(name)

    def template(self, path: Path) -> str:
        """Upload a template and the files that it names; returns its URL."""
        whole: dict[str, Any] = json.loads(path.read_text())
        for properties in tree.places(whole):
            for member in tree.CODE:
                if member in properties:
                    archive = path.parent / properties[member]
                    self.put(archive.name, archive.read_bytes())
                    properties[member] = {"Bucket": self.bucket, "Key": archive.name}
            if tree.NESTED in properties:
                properties[tree.NESTED] = self.template(path.parent / properties[tree.NESTED])
        name = f"{path.parent.name}-{path.stem}.json"
        self.put(name, json.dumps(whole).encode())
        return f"{self.endpoint}/{self.bucket}/{name}"


def deploy_stack(stack: str, bucket: ArtifactBucket, template: Path, parameters: Mapping[str, str]) -> dict[str, str]:
    """Create or update the stack of a root template; returns its outputs. DeployFailed holds CloudFormation's reasons."""
    requests = {
        "TemplateURL": bucket.template(template),
        "Parameters": [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
        "Capabilities": list(_CAPABILITIES),
    }
    return deploy.apply(boto3.client("cloudformation"), stack, requests)
