"""Read photos (decoded, upright, sRGB); write frames, videos and stack folders."""

from refocus.media.archive import zip_files
from refocus.media.atomic import atomic_folder, atomic_path
from refocus.media.exif import Camera
from refocus.media.output_paths import check_output_file, check_output_folder, is_stack_folder
from refocus.media.photo import Photo
from refocus.media.stack_files import check_stack_folder, load_stack, save_stack
from refocus.media.stills import (
    encode_thumbnail,
    encode_webp,
    save_disparity_png,
    save_jpeg,
    save_like_photo,
    save_png,
)
from refocus.media.sweep import MOTIONS, Motion, motion_positions, pull_positions, sweep_frames, sweep_positions
from refocus.media.video import convert_to_animation, write_animation, write_frames_video, write_sweep, write_video

__all__ = [
    "MOTIONS",
    "Camera",
    "Motion",
    "Photo",
    "atomic_folder",
    "atomic_path",
    "check_output_file",
    "check_output_folder",
    "check_stack_folder",
    "convert_to_animation",
    "encode_thumbnail",
    "encode_webp",
    "is_stack_folder",
    "load_stack",
    "motion_positions",
    "pull_positions",
    "save_disparity_png",
    "save_jpeg",
    "save_like_photo",
    "save_png",
    "save_stack",
    "sweep_frames",
    "sweep_positions",
    "write_animation",
    "write_frames_video",
    "write_sweep",
    "write_video",
    "zip_files",
]
