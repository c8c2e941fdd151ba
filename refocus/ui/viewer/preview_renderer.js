// Renders a picture from the all-in-focus picture and the map of where each pixel is sharp, as optics would, but fast:
// for the time until the stack of a new look is there. All of it runs in a worker; nothing is asked of the server.
//
// The picture is cut into slices of nearly equal circle of confusion. Each is blurred with the aperture's shape, on a
// coarser grid where the blur is wide, and laid over those farther away; where nearer things hide what is behind, the
// blurred surroundings stand in for it. All in linear light.

// Runs in the worker, with what `previewBlur` returns. `look`: position, diameter (over all positions, relative to the
// longer side), rim (radii of the aperture at even angles, in percent) and hole.
function previewRenderer({ kernelRows, blur }) {
  const STEP_PX = 0.5; // radius: thickness of the slice in focus
  const GROWTH = 0.15; // of the thickness, per pixel of radius
  const COARSE_PX = 4; // radius from which a slice is blurred on a grid of half the resolution
  let given = null;
  let scene = null; // what is rendered: width, height, light (linear) and codes
  let scenes = {};
  let compiled = false;

  // `picture`: width, height and rgba (sRGB); `map`: width, height and codes, position times codesPerFrame; and the
  // last position.
  function setScene(sent) {
    given = sent;
    scenes = {};
  }

  // Does beforehand what would make the first picture of a scene late; the browser compiles code that has run often.
  function prepare() {
    scenes.coarse ||= sceneIn("coarse");
    const circle = { position: given.last / 2, rim: [100], hole: 0 };
    for (let run = 0; run < 2 && !compiled; run++) render({ ...circle, diameter: 0.05 }, "coarse");
    compiled = true;
  }

  // The scene in the size of the map ("coarse") or of the picture ("fine").
  function sceneIn(size) {
    const { picture, map } = given;
    if (size === "coarse" || picture.width <= map.width) return averaged(picture, map);
    const { width, height } = picture;
    const codes = new Uint8Array(width * height);
    for (let y = 0, i = 0; y < height; y++) {
      const row = Math.floor((y * map.height) / height) * map.width;
      for (let x = 0; x < width; x++, i++) codes[i] = map.codes[row + Math.floor((x * map.width) / width)];
    }
    return averaged(picture, { width, height, codes });
  }

  // The light of the picture, averaged over each pixel of a map.
  function averaged(picture, map) {
    const { width, height, codes } = map;
    const light = new Float32Array(width * height * 3);
    const fine = picture.width > width ? 3 : 1; // samples across a pixel
    const sampled = (count, size) => Int32Array.from({ length: count * fine }, (_, i) => ((i + 0.5) / (count * fine)) * size);
    const columns = sampled(width, picture.width);
    const rows = sampled(height, picture.height);
    const share = 1 / (fine * fine);
    for (let v = 0; v < rows.length; v++) {
      const row = Math.floor(v / fine) * width;
      for (let u = 0; u < columns.length; u++) {
        const i = 3 * (row + Math.floor(u / fine));
        const p = 4 * (rows[v] * picture.width + columns[u]);
        light[i] += share * linear[picture.rgba[p]];
        light[i + 1] += share * linear[picture.rgba[p + 1]];
        light[i + 2] += share * linear[picture.rgba[p + 2]];
      }
    }
    return { width, height, light, codes };
  }

  const linear = Float32Array.from({ length: 256 }, (_, code) => {
    const value = code / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });

  // Slices from far to near: the radius of each, signed (positive is nearer than the focus), its box, and which of
  // `pixels` are its own.
  function slices(look) {
    const { width, height, codes } = scene;
    const { codesPerFrame, last } = given;
    const reach = (look.diameter * Math.max(width, height)) / 2;
    const indexOf = (radius) => Math.sign(radius) * Math.round(Math.log1p((Math.abs(radius) * GROWTH) / STEP_PX) / GROWTH);
    const found = new Map();
    const radii = Array.from({ length: 256 }, (_, code) => ((look.position - code / codesPerFrame) / last) * reach);
    const ofCode = radii.map((radius) => {
      const index = indexOf(radius);
      if (!found.has(index)) found.set(index, { index, radius: 0, count: 0, left: width, top: height, right: 0, bottom: 0 });
      return found.get(index);
    });
    for (let y = 0, i = 0; y < height; y++) {
      for (let x = 0; x < width; x++, i++) {
        const slice = ofCode[codes[i]];
        if (x < slice.left) slice.left = x;
        if (x >= slice.right) slice.right = x + 1;
        if (y < slice.top) slice.top = y;
        if (y >= slice.bottom) slice.bottom = y + 1;
        slice.radius += radii[codes[i]];
        slice.count++;
      }
    }
    const ordered = [...found.values()].filter((slice) => slice.right > 0).sort((a, b) => a.index - b.index);
    const pixels = new Int32Array(codes.length);
    let first = 0;
    for (const slice of ordered) {
      slice.radius /= slice.count; // the mean of its pixels
      slice.first = slice.past = first;
      first += slice.count;
    }
    for (let i = 0; i < codes.length; i++) pixels[ofCode[codes[i]].past++] = i;
    return { pixels, ordered };
  }

  // The light and coverage of a slice on a grid coarser by `scale`, with a border of `reach` cells: width, height and
  // four planes in one array, premultiplied.
  function cutOut(slice, pixels, scale, reach) {
    const { width, light } = scene;
    const x0 = Math.floor(slice.left / scale);
    const y0 = Math.floor(slice.top / scale);
    const across = Math.ceil(slice.right / scale) - x0 + 2 * reach;
    const down = Math.ceil(slice.bottom / scale) - y0 + 2 * reach;
    const values = new Float32Array(across * down * 4);
    const share = 1 / (scale * scale);
    for (let k = slice.first; k < slice.past; k++) {
      const i = pixels[k];
      const y = Math.floor(i / width);
      const row = (Math.floor(y / scale) - y0 + reach) * across;
      const at = (row + Math.floor((i - y * width) / scale) - x0 + reach) * 4;
      values[at] += light[3 * i] * share;
      values[at + 1] += light[3 * i + 1] * share;
      values[at + 2] += light[3 * i + 2] * share;
      values[at + 3] += share;
    }
    return { values, across, down, x0: x0 - reach, y0: y0 - reach, scale };
  }

  // Lays a blurred slice over what is there. It takes what is not covered yet before it hides anything, so that slices
  // of one surface close up.
  function lay(grid, picture) {
    const { width, height } = scene;
    const { values, across, down, scale } = grid;
    const [left, top] = [Math.max(0, grid.x0 * scale), Math.max(0, grid.y0 * scale)];
    const [right, bottom] = [Math.min(width, (grid.x0 + across) * scale), Math.min(height, (grid.y0 + down) * scale)];
    for (let y = top; y < bottom; y++) {
      if (scale === 1) {
        layRow(values, (y - grid.y0) * across + left - grid.x0, picture, y * width + left, right - left);
        continue;
      }
      const gy = Math.min(Math.max((y + 0.5) / scale - 0.5 - grid.y0, 0), down - 1);
      const y0 = Math.min(Math.floor(gy), down - 1);
      const fy = gy - y0;
      const below = y0 + 1 < down ? across * 4 : 0;
      for (let x = left, at = (y * width + left) * 4; x < right; x++, at += 4) {
        const gx = Math.min(Math.max((x + 0.5) / scale - 0.5 - grid.x0, 0), across - 1);
        const x0 = Math.floor(gx);
        const fx = gx - x0;
        const i = (y0 * across + x0) * 4;
        const step = x0 + 1 < across ? 4 : 0;
        const a = (1 - fx) * (1 - fy);
        const b = fx * (1 - fy);
        const c = (1 - fx) * fy;
        const d = fx * fy;
        const j = i + below;
        const cover = a * values[i + 3] + b * values[i + step + 3] + c * values[j + 3] + d * values[j + step + 3];
        if (cover < 0.0001) continue;
        const before = picture[at + 3];
        const whole = before + cover < 1 ? before + cover : 1;
        const kept = before > 0 ? (whole - cover) / before : 0;
        for (let k = 0; k < 3; k++) {
          const light = a * values[i + k] + b * values[i + step + k] + c * values[j + k] + d * values[j + step + k];
          picture[at + k] = light + picture[at + k] * kept;
        }
        picture[at + 3] = whole;
      }
    }
  }

  // The same for `count` pixels of a row in the picture's own resolution.
  function layRow(values, from, picture, to, count) {
    for (let i = from * 4, at = to * 4, end = at + count * 4; at < end; i += 4, at += 4) {
      const cover = values[i + 3];
      if (cover < 0.0001) continue;
      const before = picture[at + 3];
      const whole = before + cover < 1 ? before + cover : 1;
      const kept = before > 0 ? (whole - cover) / before : 0;
      picture[at] = values[i] + picture[at] * kept;
      picture[at + 1] = values[i + 1] + picture[at + 1] * kept;
      picture[at + 2] = values[i + 2] + picture[at + 2] * kept;
      picture[at + 3] = whole;
    }
  }

  // Where nearer slices have left holes, their blurred surroundings; within `reach` pixels of them.
  function fill(picture, reach) {
    const { width, height } = scene;
    const scale = 4;
    const [across, down] = [Math.ceil(width / scale), Math.ceil(height / scale)];
    const values = new Float32Array(across * down * 4);
    for (let y = 0, at = 0; y < height; y++) {
      for (let x = 0; x < width; x++, at += 4) {
        const i = ((y >> 2) * across + (x >> 2)) * 4;
        for (let c = 0; c < 4; c++) values[i + c] += picture[at + c] / 16;
      }
    }
    const cells = Math.max(1, Math.ceil(reach / scale));
    const square = [];
    for (let dy = -cells; dy <= cells; dy++) square.push([dy, -cells, cells, 1 / (2 * cells + 1) ** 2]);
    blur({ values, across, down }, square);
    for (let y = 0, at = 0; y < height; y++) {
      for (let x = 0; x < width; x++, at += 4) {
        const missing = 1 - picture[at + 3];
        const i = ((y >> 2) * across + (x >> 2)) * 4;
        if (missing < 0.004 || values[i + 3] < 0.001) continue;
        for (let c = 0; c < 3; c++) picture[at + c] += (missing * values[i + c]) / values[i + 3];
        picture[at + 3] = 1;
      }
    }
  }

  // What is nearer than the focus over the rest; where only a part is covered, that part stands for the whole.
  function over(near, far) {
    for (let at = 0; at < far.length; at += 4) {
      const clear = 1 - near[at + 3];
      const behind = far[at + 3] > 0.001 ? clear / far[at + 3] : 0;
      const whole = near[at + 3] + (behind > 0 ? clear : 0);
      for (let c = 0; c < 3; c++) far[at + c] = (near[at + c] + far[at + c] * behind) / whole;
    }
    return far;
  }

  // The picture in a size: rgba (sRGB), width and height.
  function render(look, size) {
    scene = scenes[size] ||= sceneIn(size);
    const { width, height } = scene;
    const far = new Float32Array(width * height * 4);
    const near = new Float32Array(width * height * 4);
    const { pixels, ordered } = slices(look);
    for (const slice of ordered) {
      const size = Math.abs(slice.radius);
      const scale = size >= 2 * COARSE_PX ? 4 : size >= COARSE_PX ? 2 : 1;
      const reach = slice.index ? Math.ceil(size / scale) + 1 : 0;
      const grid = cutOut(slice, pixels, scale, reach);
      // The coarser grid itself blurs by the variance of a disc whose radius is its cell.
      const cells = (Math.sign(slice.radius) * Math.sqrt(size * size - (scale > 1 ? scale * scale : 0))) / scale;
      if (slice.index) blur(grid, kernelRows(cells, look, reach));
      lay(grid, slice.index > 0 ? near : far);
    }
    const nearest = ordered.at(-1).radius;
    if (nearest > 0) fill(far, nearest);
    return { rgba: encoded(over(near, far)), width, height };
  }

  const SRGB_STEPS = 8191;
  const srgb = Uint8Array.from({ length: SRGB_STEPS + 1 }, (_, i) => {
    const light = i / SRGB_STEPS;
    return Math.round(255 * (light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055));
  });

  function encoded(picture) {
    const rgba = new Uint8ClampedArray(picture.length);
    for (let at = 0; at < picture.length; at += 4) {
      for (let c = 0; c < 3; c++) rgba[at + c] = srgb[Math.min(Math.max(Math.round(picture[at + c] * SRGB_STEPS), 0), SRGB_STEPS)];
      rgba[at + 3] = 255;
    }
    return rgba;
  }

  return { setScene, prepare, render };
}
