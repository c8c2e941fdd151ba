"""`python -m refocus`."""

import os
import sys

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # torch's threads must not wait in busy loops

from refocus.cli import main

sys.exit(main())
