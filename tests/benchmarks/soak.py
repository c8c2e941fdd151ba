"""Many users of one app, for a while, with all they do; prints what was wrong or lost, and memory and disk over time.

Users open pages, run, stop, export, send bad files, close and reload; once the server is killed (kill -9) and started
again. The closing table is printed in any case: after Ctrl-C and SIGTERM too, and when a user hangs. Only this computer
is used. Run: python -m tests.benchmarks.soak [--users 20] [--minutes 15] [--seed 0]
"""

import argparse
import json
import shutil
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from refocus.core.progress import end_like_ctrl_c
from tests.benchmarks.users import SETTLE_S, Server, Tally, User

MEASURED_EVERY_S = 15
FINISH_S = 120
"""Time for users to finish what they do; then they hang."""
_ALWAYS_SAID = ("right", "wrong", "lost", "hung", "refused")
_FAULTS = ("wrong", "lost", "hung")
_MOST_DETAILS = 40


def use(user: User, until_s: float, down: threading.Event) -> None:
    """Let a user act until the time is over."""
    while time.monotonic() < until_s:
        try:
            user.act()
        except (httpx.HTTPError, json.JSONDecodeError, KeyError, ValueError) as error:
            user.leave()
            if not down.is_set():
                user.tally.note("lost", f"{user.name}: {type(error).__name__} {error}"[:200])
            time.sleep(1)
        time.sleep(user.random.uniform(0, 2))
    if user.app is not None:
        user.close_page()


@dataclass
class Series:
    """Memory and disk of the server over time.

    Attributes:
        began_s: as `time.monotonic`.
        memory_mb, disk_mb: measured so far.
    """

    server: Server
    tally: Tally
    began_s: float = field(default_factory=time.monotonic)
    memory_mb: list[float] = field(default_factory=list)
    disk_mb: list[float] = field(default_factory=list)

    def measure(self) -> None:
        """Measure, and print it."""
        self.memory_mb.append(self.server.memory_mb())
        self.disk_mb.append(self.server.disk_mb())
        seconds = time.monotonic() - self.began_s
        counts = ", ".join(f"{what} {number}" for what, number in sorted(self.tally.counts.items()))
        print(
            f"{seconds:5.0f} s: {self.memory_mb[-1]:5.0f} MB, {self.disk_mb[-1]:5.0f} MB on disk; {counts}", flush=True
        )


def soak(series: Series, users: Sequence[User], minutes: float) -> None:
    """Let the users act for some minutes, with one kill -9 of the server in the middle, and wait for it to rest."""
    server, down = series.server, threading.Event()
    until_s = series.began_s + minutes * 60
    threads = {
        user: threading.Thread(target=use, args=(user, until_s, down), daemon=True, name=user.name) for user in users
    }
    for thread in threads.values():
        thread.start()
    killed = False
    while any(thread.is_alive() for thread in threads.values()) and time.monotonic() < until_s + FINISH_S:
        time.sleep(MEASURED_EVERY_S)
        series.measure()
        if not killed and time.monotonic() > series.began_s + minutes * 30:
            killed = True
            down.set()
            server.kill()
            server.start()
            print("killed and started again", flush=True)
            time.sleep(5)
            down.clear()
    for user, thread in threads.items():
        if thread.is_alive():
            series.tally.note("hung", f"{user.name}: {user.doing} for {time.monotonic() - user.since_s:.0f} s")
    time.sleep(SETTLE_S)
    series.measure()


def main() -> None:
    """Run the users and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--port", type=int, default=7899)
    args = parser.parse_args()
    end_like_ctrl_c()
    base, tally = Path(tempfile.mkdtemp(prefix="soak-")), Tally()
    server = Server(base, args.port)
    series, first_mb, ending = Series(server, tally), 0.0, "cut"
    try:
        first = User(server.url, 99, tally, args.seed)
        first.open_page()
        first.run()
        first.close_page()
        first_mb = server.memory_mb()
        print(f"after the first run: {first_mb:.0f} MB of memory, {server.disk_mb():.0f} MB on disk", flush=True)
        series = Series(server, tally)
        soak(series, [User(server.url, number, tally, args.seed) for number in range(args.users)], args.minutes)
        ending = "all of it"
    except KeyboardInterrupt:
        series.measure()
    finally:
        seconds = time.monotonic() - series.began_s
        print(f"\n{args.users} users, {seconds:.0f} s for {args.minutes:g} minutes and what follows: {ending}")
        print(_table(series, first_mb), flush=True)
        details = sorted(tally.details, key=_is_harmless)[:_MOST_DETAILS]  # before users lose the server
        print(f"stopped in {server.stop():.2f} s; left over: {[path.name for path in base.iterdir()]}", flush=True)
        print("\n".join(details))
        shutil.rmtree(base)


def _is_harmless(detail: str) -> bool:
    return not detail.startswith(_FAULTS)


def _table(series: Series, first_mb: float) -> str:
    counts, memory_mb, disk_mb = series.tally.counts, series.memory_mb or [0.0], series.disk_mb or [0.0]
    others, above_mb = sorted(counts.keys() - set(_ALWAYS_SAID)), memory_mb[-1] - first_mb
    memory = f"at most {max(memory_mb):.0f}, at the end {memory_mb[-1]:.0f} ({above_mb:+.0f})"
    return "\n".join(
        [
            "; ".join(f"{what} {counts[what]}" for what in (*_ALWAYS_SAID, *others)),
            f"memory: {first_mb:.0f} MB after the first run, {memory}",
            f"disk: at most {max(disk_mb):.0f} MB, at the end {disk_mb[-1]:.0f}",
        ]
    )


if __name__ == "__main__":
    main()
