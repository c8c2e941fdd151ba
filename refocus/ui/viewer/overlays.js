// Overlays on the picture: depth and focus peaking, from the map of where each pixel is sharp; and an outline.

// From far to near; lightness rises evenly, so it also reads in grey and for colour-blind eyes.
const DEPTH_STOPS = [[22, 18, 56], [52, 46, 118], [94, 68, 146], [160, 90, 140], [217, 122, 112], [246, 177, 98], [253, 240, 178]];
const PEAKING_RGB = [255, 64, 129];
const PLANE_HALF_WIDTH = 0.5;

function depthColour(nearness) {
  const at = Math.min(Math.max(nearness, 0), 1) * (DEPTH_STOPS.length - 1);
  const i = Math.min(Math.floor(at), DEPTH_STOPS.length - 2);
  return DEPTH_STOPS[i].map((low, c) => Math.round(low + (at - i) * (DEPTH_STOPS[i + 1][c] - low)));
}

// The same colours for the ruler, near to far, which makes it the legend of the picture.
function depthGradient() {
  return `linear-gradient(90deg, ${DEPTH_STOPS.map((stop) => `rgb(${stop})`).reverse()})`;
}

function rgba(red, green, blue, alpha) {
  return ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

function readPixels(bitmap, width, height) {
  const scratch = new OffscreenCanvas(width, height);
  const context = scratch.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0, width, height);
  return context.getImageData(0, 0, width, height).data;
}

function makeOverlay(canvas) {
  const context = canvas.getContext("2d");
  let codes = null; // where each pixel is sharp: position times codesPerFrame
  let codesPerFrame = 255;
  let last = 0;
  let edges = null; // strength of detail, 0 to 255; computed at the first use
  let image = null;
  let pixels = null;

  function setMap(bitmap, lastFrame) {
    codes = edges = null;
    if (!bitmap) return;
    last = lastFrame;
    codesPerFrame = Math.floor(255 / Math.max(last, 1));
    const { width, height } = bitmap;
    canvas.width = width;
    canvas.height = height;
    codes = readPixels(bitmap, width, height).filter((_, i) => i % 4 === 0);
    image = context.createImageData(width, height);
    pixels = new Uint32Array(image.data.buffer);
  }

  // The median of nine pixels: a tap on a hair must not land on the sky between two pixels.
  function positionAt(u, v) {
    const column = Math.floor(u * canvas.width);
    const row = Math.floor(v * canvas.height);
    const around = [];
    for (let dy = -1; dy <= 1; dy++) {
      for (let dx = -1; dx <= 1; dx++) {
        const x = Math.min(Math.max(column + dx, 0), canvas.width - 1);
        const y = Math.min(Math.max(row + dy, 0), canvas.height - 1);
        around.push(codes[y * canvas.width + x]);
      }
    }
    return around.sort((a, b) => a - b)[4] / codesPerFrame;
  }

  // The median position inside a closed line of places; null when it encloses no pixel.
  function positionWithin(points) {
    const scratch = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
    points.forEach(([u, v], i) => scratch[i ? "lineTo" : "moveTo"](u * canvas.width, v * canvas.height));
    scratch.fill();
    const { data } = scratch.getImageData(0, 0, canvas.width, canvas.height);
    const inside = codes.filter((_, i) => data[4 * i + 3] > 127).sort();
    return inside.length ? inside[inside.length >> 1] / codesPerFrame : null;
  }

  // Share of the picture at each of `bins` distances, near to far; the largest is 1.
  function histogram(bins) {
    const counts = new Array(bins).fill(0);
    const top = codesPerFrame * Math.max(last, 1);
    for (const code of codes) counts[Math.min(Math.floor((code / top) * bins), bins - 1)]++;
    // Smoothed, because spikes are hard to read; the square root keeps small subjects visible.
    const at = (i) => counts[Math.min(Math.max(i, 0), bins - 1)];
    const soft = counts.map((count, i) => Math.sqrt((at(i - 1) + 2 * count + at(i + 1)) / 4));
    const most = Math.max(...soft);
    return soft.map((height) => height / most);
  }

  // How close a code is to the plane in focus: 1 there, falling smoothly to 0 half a frame away.
  function inPlane(code, position) {
    if (!last) return 0;
    const planes = Math.abs(code / codesPerFrame - position);
    return Math.min(Math.max((PLANE_HALF_WIDTH + 0.15 - planes) / 0.3, 0), 1);
  }

  // The plane in focus is transparent, so the photo is visible there.
  function drawDepth(position) {
    const top = codesPerFrame * Math.max(last, 1);
    const colours = Uint32Array.from({ length: 256 }, (_, code) => {
      return rgba(...depthColour(1 - code / top), Math.round(235 - 180 * inPlane(code, position)));
    });
    for (let i = 0; i < pixels.length; i++) pixels[i] = colours[codes[i]];
    context.putImageData(image, 0, 0);
  }

  function drawPeaking(position) {
    const strength = Float32Array.from({ length: 256 }, (_, code) => inPlane(code, position));
    for (let i = 0; i < pixels.length; i++) {
      pixels[i] = rgba(...PEAKING_RGB, Math.round(strength[codes[i]] * edges[i]));
    }
    context.putImageData(image, 0, 0);
  }

  // Detail is measured where each pixel is sharp, frame by frame, with a pause for the screen after each.
  async function findEdges(frames) {
    if (edges) return;
    const { width, height } = canvas;
    const wanted = codes;
    const luma = new Uint8Array(wanted.length);
    for (let frame = 0; frame < frames.length; frame++) {
      const data = readPixels(frames[frame], width, height);
      for (let i = 0; i < luma.length; i++) {
        if (Math.round(wanted[i] / codesPerFrame) !== frame) continue;
        luma[i] = (data[4 * i] * 54 + data[4 * i + 1] * 183 + data[4 * i + 2] * 19) >> 8;
      }
      await new Promise(requestAnimationFrame);
    }
    if (codes === wanted) edges = edgeStrength(luma, width, height);
  }

  return {
    setMap, positionAt, positionWithin, histogram, drawDepth, drawPeaking, findEdges,
    hasMap: () => codes !== null,
    hasEdges: () => edges !== null,
  };
}

// Gradient of brightness, 0 to 255, scaled so that the strongest twentieth of the picture is full.
function edgeStrength(luma, width, height) {
  const slope = new Uint16Array(luma.length);
  const counts = new Uint32Array(511);
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const i = y * width + x;
      slope[i] = Math.abs(luma[i + 1] - luma[i - 1]) + Math.abs(luma[i + width] - luma[i - width]);
      counts[slope[i]]++;
    }
  }
  let strong = 510;
  for (let seen = 0; strong > 24; strong--) {
    seen += counts[strong];
    if (seen > luma.length / 20) break;
  }
  const weak = strong / 3; // below it, noise and soft shading
  return Uint8Array.from(slope, (value) => Math.min(Math.max((value - weak) / (strong - weak), 0), 1) * 255);
}

// A line of places as path data for `drawOutline`.
function linePath(points, closed) {
  const corners = points.map(([u, v]) => `${Math.round(1000 * u)} ${Math.round(1000 * v)}`);
  return corners.length ? `M${corners.join("L")}${closed ? "Z" : ""}` : "";
}

const OUTLINE_MS = 2500; // how long an outline that fades is there

// The outline of what a prompt or a tap found, as path data; "" for none. It belongs to the picture it was found in.
function drawOutline(svg, path, fades = false) {
  for (const animation of svg.getAnimations()) animation.cancel();
  if (path && fades) svg.animate({ opacity: [1, 1, 0] }, { duration: OUTLINE_MS, fill: "forwards" });
  svg.toggleAttribute("hidden", !path);
  for (const line of svg.children) line.setAttribute("d", path || "");
}
