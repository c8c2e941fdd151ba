// Loads what a view of the focus viewer consists of, into the parts that show it.

const LOADS_AT_ONCE = 3;
const HISTOGRAM_BINS = 64;
const MOST_PX = 1_500_000; // of a photo that was just chosen, as of a view

function filesOf(view) {
  return [...view.frames, view.photo, view.sharpest].filter(Boolean);
}

function lastFrameOf(view) {
  return view ? Math.max((view.frames.length || view.frames_to_come || 0) - 1, 0) : 0;
}

function makeLoader({ bitmaps, picture, overlay, ruler, previews, changed }) {
  async function frames(view, order, signal) {
    await inParallel(order, LOADS_AT_ONCE, async (i) => {
      picture.setFrame(i, await bitmaps.get(view.frames[i].url, signal));
      ruler.markLoaded(i);
      changed();
    });
  }

  async function photo(view, signal) {
    if (view.photo) picture.setPhoto(await bitmaps.get(view.photo.url, signal));
  }

  async function map(view, signal) {
    if (!view.sharpest) return;
    overlay.setMap(await bitmaps.get(view.sharpest.url, signal), lastFrameOf(view));
    ruler.setContent(overlay.histogram(HISTOGRAM_BINS));
    changed();
  }

  async function scene(view, signal) {
    if (!view.blur_span || !view.sharpest) return;
    const sharp = await bitmaps.get((view.all_in_focus || view.photo).url, signal);
    previews.setScene(sharp, await bitmaps.get(view.sharpest.url, signal), lastFrameOf(view));
    changed();
  }

  // The photo itself, at no more than the pixels of a view, and its size.
  async function ownPhoto(view, signal) {
    const bitmap = await bitmaps.get(view.photo.url, signal, "default");
    const scale = Math.min(1, Math.sqrt(MOST_PX / (bitmap.width * bitmap.height)));
    return { bitmap, width: Math.round(bitmap.width * scale), height: Math.round(bitmap.height * scale) };
  }

  async function files(view, signal) {
    await Promise.all(filesOf(view).map((file) => bitmaps.get(file.url, signal)));
  }

  function forgetOthers(view) {
    bitmaps.keepOnly(new Set([...filesOf(view), view.all_in_focus].filter(Boolean).map((file) => file.url)));
  }

  return { frames, photo, map, scene, ownPhoto, files, forgetOthers };
}
