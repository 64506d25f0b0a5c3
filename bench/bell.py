"""Ring more often than once a minute: the same call that cron makes, under ids that cron never uses.

`python -m bench.bell SECONDS` is the torture's second clock, beside the real one, which rings once a minute.
"""

from __future__ import annotations

import sys
import time

from workers import cron


def main(every: float) -> None:
    while True:
        cron.ring(int(time.time()))  # cron's own ids count minutes
        time.sleep(every)


if __name__ == "__main__":
    main(float(sys.argv[1]))
