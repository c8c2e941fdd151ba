// Renders a picture from the all-in-focus picture and the map of where each pixel is sharp, as optics would, but fast:
// for the time until the stack of a new look is there. All of it runs in a worker; nothing is asked of the server.
//
// The picture is cut into slices of nearly equal circle of confusion. Each is blurred with the aperture's shape, on a
// coarser grid where the blur is wide, and laid over those farther away; where nearer things hide what is behind, the
// blurred surroundings stand in for it. All in linear light.

// Runs in the worker. `look`: position, diameter (over all positions, relative to the longer side), rim (radii of the
// aperture at even angles, in percent) and hole.
function previewRenderer() {
  const STEP_PX = 0.5; // radius: thickness of the slice in focus
  const GROWTH = 0.15; // of the thickness, per pixel of radius
  const COARSE_PX = 4; // radius from which a slice is blurred on a grid of half the resolution
  let given = null;
  let scene = null; // what is rendered: width, height, light (linear) and codes
  let scenes = {};

  // `picture`: width, height and rgba (sRGB); `map`: width, height and codes, position times codesPerFrame; and the
  // last position.
  function setScene(sent) {
    given = sent;
    scenes = {};
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

  // Slices from far to near: the radius of each, signed (positive is nearer than the focus), its pixels and its box.
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
    for (const slice of found.values()) slice.radius /= slice.count || 1; // the mean of its pixels
    const ordered = [...found.values()].filter((slice) => slice.right > 0).sort((a, b) => a.index - b.index);
    return { ofCode, ordered };
  }

  // The light and coverage of a slice on a grid coarser by `scale`, with a border of `reach` cells: width, height and
  // four planes in one array, premultiplied.
  function cutOut(slice, ofCode, scale, reach) {
    const { width, light, codes } = scene;
    const x0 = Math.floor(slice.left / scale);
    const y0 = Math.floor(slice.top / scale);
    const across = Math.ceil(slice.right / scale) - x0 + 2 * reach;
    const down = Math.ceil(slice.bottom / scale) - y0 + 2 * reach;
    const values = new Float32Array(across * down * 4);
    const share = 1 / (scale * scale);
    for (let y = slice.top; y < slice.bottom; y++) {
      const row = (Math.floor(y / scale) - y0 + reach) * across;
      for (let x = slice.left, i = y * width + x; x < slice.right; x++, i++) {
        if (ofCode[codes[i]] !== slice) continue;
        const at = (row + Math.floor(x / scale) - x0 + reach) * 4;
        values[at] += light[3 * i] * share;
        values[at + 1] += light[3 * i + 1] * share;
        values[at + 2] += light[3 * i + 2] * share;
        values[at + 3] += share;
      }
    }
    return { values, across, down, x0: x0 - reach, y0: y0 - reach, scale };
  }

  // Rows of the aperture's shape at a radius in cells: [dy, first dx, last dx, weight]; the cells' weights sum to 1.
  function kernelRows(radius, look, reach) {
    const turned = radius < 0 ? -1 : 1; // what is behind the focus shows the shape turned by 180 degrees
    const size = Math.abs(radius);
    const fine = 5;
    const levels = size < 3 ? 4 : size < 6 ? 2 : 1;
    const rows = [];
    let sum = 0;
    for (let dy = -reach; dy <= reach; dy++) {
      const shares = [];
      for (let dx = -reach; dx <= reach; dx++) {
        let inside = 0;
        for (let v = 0; v < fine; v++) {
          for (let u = 0; u < fine; u++) {
            const x = (turned * (dx + (u + 0.5) / fine - 0.5)) / size;
            const y = (-turned * (dy + (v + 0.5) / fine - 0.5)) / size;
            const angle = Math.atan2(y, x) / (2 * Math.PI);
            const rim = look.rim[Math.round((angle < 0 ? angle + 1 : angle) * look.rim.length) % look.rim.length] / 100;
            const away = Math.hypot(x, y);
            if (away <= rim && away >= look.hole) inside++;
          }
        }
        shares.push(inside / (fine * fine));
      }
      // Small shapes are the mean of several, cut at other shares of a cell, so that partly covered cells count in part.
      for (let level = 0; level < levels; level++) {
        const least = (level + 0.5) / levels;
        for (let dx = -reach; dx <= reach; dx++) {
          if (shares[dx + reach] < least) continue;
          const from = dx;
          while (dx < reach && shares[dx + 1 + reach] >= least) dx++;
          rows.push([dy, from, dx]);
          sum += dx - from + 1;
        }
      }
    }
    return sum ? rows.map((row) => [...row, 1 / sum]) : [[0, 0, 0, 1]];
  }

  // Blurs in place, by differences of running sums along the rows.
  function blur(grid, rows) {
    const { values, across, down } = grid;
    const stride = (across + 1) * 4;
    const sums = new Float32Array(stride * down);
    for (let y = 0; y < down; y++) {
      let at = y * stride;
      for (let i = y * across * 4, end = i + across * 4; i < end; i++, at++) sums[at + 4] = sums[at] + values[i];
    }
    values.fill(0);
    for (let k = 0; k < rows.length; k++) {
      const [dy, from, to, weight] = rows[k];
      // Light at x - to ... x - from comes to x.
      const first = Math.max(0, to);
      const past = Math.min(across, across + from);
      for (let y = Math.max(0, dy); y < Math.min(down, down + dy); y++) {
        let low = (y - dy) * stride + (first - to) * 4;
        let high = low + (to - from + 1) * 4;
        for (let i = (y * across + first) * 4, end = (y * across + past) * 4; i < end; i++, low++, high++) {
          values[i] += weight * (sums[high] - sums[low]);
        }
      }
    }
  }

  // Lays a blurred slice over what is there. It takes what is not covered yet before it hides anything, so that slices
  // of one surface close up.
  function lay(grid, picture) {
    const { width, height } = scene;
    const { values, across, down, scale } = grid;
    const [left, top] = [Math.max(0, grid.x0 * scale), Math.max(0, grid.y0 * scale)];
    const [right, bottom] = [Math.min(width, (grid.x0 + across) * scale), Math.min(height, (grid.y0 + down) * scale)];
    for (let y = top; y < bottom; y++) {
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
        const whole = Math.min(1, before + cover);
        const kept = before > 0 ? (whole - cover) / before : 0;
        for (let k = 0; k < 3; k++) {
          const light = a * values[i + k] + b * values[i + step + k] + c * values[j + k] + d * values[j + step + k];
          picture[at + k] = light + picture[at + k] * kept;
        }
        picture[at + 3] = whole;
      }
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
    const { ofCode, ordered } = slices(look);
    for (const slice of ordered) {
      const size = Math.abs(slice.radius);
      const scale = size >= 2 * COARSE_PX ? 4 : size >= COARSE_PX ? 2 : 1;
      const reach = slice.index ? Math.ceil(size / scale) + 1 : 0;
      const grid = cutOut(slice, ofCode, scale, reach);
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

  return { setScene, render };
}
