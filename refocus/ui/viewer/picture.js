// The frames as bitmaps, and the canvas that shows any position between them.

// Bitmaps by address, so that frames which a new value shares with the old one are not loaded twice.
function makeBitmaps() {
  const held = new Map();

  // Frames are sRGB; a photo may have colours of its own, which are converted.
  async function get(url, signal, colorSpaceConversion = "none") {
    if (!held.has(url)) {
      const response = await fetch(url, { signal });
      if (!response.ok) throw new Error("HTTP " + response.status);
      const bitmap = await createImageBitmap(await response.blob(), { colorSpaceConversion });
      if (signal.aborted) {
        bitmap.close();
        throw new DOMException("replaced", "AbortError");
      }
      held.set(url, bitmap);
    }
    return held.get(url);
  }

  // A stack of large frames is hundreds of megabytes: don't wait for the garbage collector.
  function keepOnly(urls) {
    for (const [url, bitmap] of held) {
      if (urls.has(url)) continue;
      bitmap.close();
      held.delete(url);
    }
  }

  return { get, keepOnly };
}

function makePicture(canvas) {
  const context = canvas.getContext("2d");
  let frames = [];
  let photo = null;

  // Setting a canvas' size clears it, so an equal size keeps the old picture until the new one arrives.
  function reset(width, height, count) {
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    frames = new Array(count).fill(null);
    photo = null;
  }

  function fill(bitmap) {
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  }

  // While the stack is loading, the closest loaded frame is shown.
  function nearestLoaded(position) {
    let best = null;
    frames.forEach((bitmap, i) => {
      if (bitmap && (best === null || Math.abs(i - position) < Math.abs(best - position))) best = i;
    });
    return best === null ? null : frames[best];
  }

  function draw(position) {
    const below = Math.min(Math.floor(position), frames.length - 2);
    const near = frames[below];
    const far = frames[below + 1];
    if (!near || !far) {
      const standIn = nearestLoaded(position) || photo;
      if (standIn) fill(standIn);
      return;
    }
    const fraction = position - below;
    fill(fraction < 1 ? near : far);
    if (fraction <= 0 || fraction >= 1) return;
    context.globalAlpha = fraction;
    fill(far);
    context.globalAlpha = 1;
  }

  return {
    reset,
    draw,
    drawPhoto: () => photo && fill(photo),
    hasPhoto: () => photo !== null,
    setFrame: (i, bitmap) => { frames[i] = bitmap; },
    setPhoto: (bitmap) => { photo = bitmap; },
    frames: () => frames,
  };
}

// Loading order of the frames: from the position of the slider outward.
function outward(count, position) {
  return [...Array(count).keys()].sort((a, b) => Math.abs(a - position) - Math.abs(b - position));
}

// Runs `work` over all items, at most `width` at a time.
async function inParallel(items, width, work) {
  const queue = [...items];
  const worker = async () => {
    while (queue.length) await work(queue.shift());
  };
  await Promise.all(Array.from({ length: width }, worker));
}
