"""Serves every route on one port, in process: a child process of `muster up`."""

from __future__ import annotations

import argparse
import threading

import waitress  # type: ignore[import-untyped]

from muster.entries import fallbacks, routes
from muster.local import clients
from muster.local.adapter import MAX_BODY, Gateway
from muster.local.children import stop_event

THREADS = 8


def serve(port: int) -> None:
    """Serve on the loopback interface until the process is asked to stop."""
    clients.make()
    server = waitress.create_server(
        Gateway(routes(), fallbacks()),
        host="127.0.0.1",
        port=port,
        threads=THREADS,
        ident=None,
        clear_untrusted_proxy_headers=False,  # passed on as API Gateway does; no code trusts them
        max_request_body_size=4 * MAX_BODY,  # the adapter refuses larger bodies with a readable answer
    )
    stop = stop_event()
    threading.Thread(target=server.run, daemon=True, name="server").start()
    stop.wait()
    server.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="muster serve", description=__doc__)
    parser.add_argument("--port", type=int, default=8080)
    serve(parser.parse_args().port)
