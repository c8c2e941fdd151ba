"""Photos in (decoded, upright, sRGB), and frames, video and stack folders out."""

from refocus.media.archive import zip_files
from refocus.media.atomic import atomic_folder, atomic_path
from refocus.media.camera import Camera
from refocus.media.photo import Photo
from refocus.media.stack_files import load_stack, save_stack
from refocus.media.stills import (
    encode_png,
    encode_webp,
    save_disparity_png,
    save_jpeg,
    save_png,
)
from refocus.media.sweep import pull_positions, sweep_frames, sweep_positions
from refocus.media.video import write_frames_video, write_sweep, write_video

__all__ = [
    "Camera",
    "Photo",
    "atomic_folder",
    "atomic_path",
    "encode_png",
    "encode_webp",
    "load_stack",
    "pull_positions",
    "save_disparity_png",
    "save_jpeg",
    "save_png",
    "save_stack",
    "sweep_frames",
    "sweep_positions",
    "write_frames_video",
    "write_sweep",
    "write_video",
    "zip_files",
]
