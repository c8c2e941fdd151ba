"""The page's words in English. Every other language has the same keys."""

ENGLISH: dict[str, str] = {
    "tagline": "A photo's focus is fixed when the shutter closes. Give it back: drop in a photo, "
    "then tap what should be sharp.",
    "face.refocus": "Refocus",
    # photo side
    "photo": "Photo",
    "examples": "Or open an example",
    # controls
    "engine": "Engine",
    "engine.auto": "Automatic",
    "engine.slow": "{title} (slow here)",
    "engine.notReady": "{title} (not ready)",
    "engine.takes": "Takes the best that is ready here: {title}.",
    "engine.none": "None is ready here.",
    "engine.slowState": "{summary}\n\n**Slow here:** {why}.",
    "engine.readyState": "{summary} {needs}",
    "engine.missingState": "{summary}\n\n**Not ready:** {why} {todo}",
    "blur": "Blur strength",
    "refocus": "Refocus",
    "more": "More",
    "frames": "Frames",
    "aperture": "Aperture shape",
    "longSide": "Long side, px",
    "longSide.info": "Larger takes longer.",
    "sharp": "The photo is already sharp from front to back",
    "depth": "Your own depth map (.npy, .npz, PNG)",
    "depthIs": "The map holds",
    "depthIs.disparity": "Larger is nearer",
    "depthIs.metres": "Distance in metres",
    "ownStack": "Your own focal stack (3 or more photos)",
    "inputPosition": "Where the photo was focused",
    "inputPosition.info": "Estimated; move it if the frames look wrong. 0: about 5 cm, 8: far away.",
    "steps": "Steps",
    "steps.info": "Fewer are faster.",
    "seed": "Seed",
    "fullSize": "Frames at the photo's own size",
    # picture side
    "video": "Focus sweep",
    "allInFocus": "All in focus",
    "disparity": "Disparity: nearer is brighter",
    "how": "How this was made",
    "download.video": "Video (MP4)",
    "download.frames": "Frames (ZIP)",
    "download.details": "Details (JSON)",
    # status
    "status.next": "Drop in a photo, or open an example.",
    "status.finished": "**Tap what should be sharp, or drag the slider.** Made {maker} in {seconds:.1f} s: "
    "{frames} frames of {width} × {height} px.",
    "status.byEngine": "by {engine}",
    "status.fromPhotos": "from your own photos",
    "status.failed": "Something went wrong that should not have. Try again or with another photo; the log says more.",
}
