"""`python -m refocus`, and the installed command `refocus`."""

import io
import os
import sys


def main() -> int:
    """Run one command, with arguments from `sys.argv`; returns the exit status."""
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # gradio reads it when imported
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # torch's threads must not wait in busy loops
    try:
        from refocus.cli import main as run_command
        from refocus.core.progress import end_like_ctrl_c
        from refocus.media.decode import hide_pillow_warnings
    except KeyboardInterrupt:  # the packages take a moment to load
        sys.stderr.write("refocus: Stopped; nothing was written.\n")
        return 130

    hide_pillow_warnings()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # consoles and names of files need not be UTF-8
    end_like_ctrl_c()
    return run_command()


if __name__ == "__main__":
    sys.exit(main())
