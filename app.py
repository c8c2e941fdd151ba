"""Starts the Refocus app. Settings come from the environment; see refocus/docs/settings.md."""

import os
import sys

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # torch's threads must not wait in busy loops

from refocus.core import BadInput
from refocus.core.progress import end_like_ctrl_c
from refocus.core.settings import Settings
from refocus.media.decode import hide_pillow_warnings
from refocus.ui.app import run_app

if __name__ == "__main__":
    hide_pillow_warnings()
    end_like_ctrl_c()
    try:
        run_app(Settings.from_environment(os.environ))
    except BadInput as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
