"""Logs and metrics, set up once for every function.

A log line is JSON with the request's id; a metric is a line in the embedded format. Neither ever holds a header,
a body or a path value: they could be secrets.
"""

from __future__ import annotations

from threading import Lock

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit, single_metric

logger = Logger(service="muster", use_rfc3339=True, utc=True)
metrics = Metrics(namespace="Muster", service="muster")
_lock = Lock()  # the local server answers in several threads


def count(name: str, number: int = 1) -> None:
    """Add to a counter; it is written when the function ends its call."""
    with _lock:
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=number)


def count_failure(worker: str) -> None:
    """Count a record that a worker could not process, for all workers and by the worker's name; written at once."""
    for dimensions in ({}, {"worker": worker}):
        with single_metric(name="RecordsFailed", unit=MetricUnit.Count, value=1, namespace="Muster") as metric:
            for name, value in {"service": "muster", **dimensions}.items():
                metric.add_dimension(name=name, value=value)


def flush() -> None:
    """Write the counters of this call, if there are any."""
    with _lock:
        if metrics.provider.metric_set:
            metrics.flush_metrics()
