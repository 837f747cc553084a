"""Workers in a process of their own that stops getting on in the middle of a step of a job, for a test that kills it there.

Otherwise they are those of `muster up`. A file says that it has come to this.
"""

from __future__ import annotations

import sys

from muster.local import workers
from tests.cloud.halting import halt_in


def _halt_in_step(step: str, where: str, told: str) -> None:
    """Have the thread halt that takes the step of a job with this number."""
    log = f'"LOG#{int(step):08}"'.encode()  # the row that each step adds (access-patterns.md J3)
    halt_in(lambda body: log in body, where, told)


if __name__ == "__main__":
    _halt_in_step(*sys.argv[1:4])
    sys.exit(workers.main(sys.argv[4:]))
