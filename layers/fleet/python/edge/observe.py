"""Logs and metrics, set up once for every function.

A log line is JSON with the request's id; a metric is a line in the embedded format. Neither ever holds a header,
a body or a path value: they could be secrets.
"""

from __future__ import annotations

from threading import Lock

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

logger = Logger(service="muster", use_rfc3339=True, utc=True)
metrics = Metrics(namespace="Muster", service="muster")
_lock = Lock()  # the local server answers in several threads


def count(name: str, number: int = 1) -> None:
    """Add to a counter; it is written when the function ends its call."""
    with _lock:
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=number)


def flush() -> None:
    """Write the counters of this call, if there are any."""
    with _lock:
        if metrics.provider.metric_set:
            metrics.flush_metrics()
