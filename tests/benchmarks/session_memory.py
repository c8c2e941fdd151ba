"""Memory and disk of a server for one tab with six 12 MP photos, a minute after it is closed, and how fast work stops.

A server that is not quiet, and a machine that is not, stop later. Run: python -m tests.benchmarks.session_memory
"""

import argparse
import shutil
import tempfile
import time
from pathlib import Path

from tests.benchmarks.users import SETTLE_S, Server, Tally, User

PHOTOS = 6
STOPS = 5
SIZES = ((4000, 3000),)
LONG_SIDE_PX = 1024
IDLE_S = 45
"""Longer than a session keeps its pictures in memory."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=7898)
    args = parser.parse_args()
    base, tally = Path(tempfile.mkdtemp(prefix="session-memory-")), Tally()
    server = Server(base, args.port)
    report(server, "started")
    user = User(server.url, 0, tally, 0, sizes=SIZES, long_side_px=LONG_SIDE_PX)
    user.open_page()
    user.run()
    first_mb = report(server, "after the first result")
    time.sleep(IDLE_S)
    first_idle_mb = report(server, f"{IDLE_S} s later")
    for number in range(2, PHOTOS + 1):
        user.photo = ""
        user.run()
        report(server, f"after photo {number}")
    time.sleep(IDLE_S)
    idle_mb = report(server, f"{IDLE_S} s later")
    print(f"the session costs {(idle_mb - first_idle_mb) / (PHOTOS - 1):.0f} MB a further photo while it rests")
    stops = [user.stop() for _ in range(STOPS)]
    print("Stop ended the work after " + ", ".join(f"{seconds:.2f}" for seconds in stops) + " s")
    user.close_page()
    time.sleep(SETTLE_S)
    closed_mb = report(server, f"{SETTLE_S} s after the tab was closed")
    print(f"above the first result: {closed_mb - first_mb:.0f} MB")
    user.open_page()
    user.run()
    began_s = time.monotonic()
    server.process.terminate()
    server.process.wait()
    print(f"the server ended {time.monotonic() - began_s:.2f} s after SIGTERM")
    print(f"left over: {[path.name for path in base.iterdir()]}; {dict(tally.counts)}")
    print("\n".join(tally.details))
    shutil.rmtree(base)


def report(server: Server, when: str) -> float:
    """Print the server's memory and disk; the memory in MB."""
    memory_mb = server.memory_mb()
    print(f"{when}: {memory_mb:.0f} MB of memory, {server.disk_mb():.0f} MB on disk", flush=True)
    return memory_mb


if __name__ == "__main__":
    main()
