// Blurs a slice of a preview with the aperture's shape. Runs in the worker, see preview_renderer.js.
function previewBlur() {
  // Rows of the aperture's shape at a radius in cells: [dy, first dx, last dx, weight]; the cells' weights sum to 1.
  function kernelRows(radius, look, reach) {
    const turned = radius < 0 ? -1 : 1; // what is behind the focus shows the shape turned by 180 degrees
    const size = Math.abs(radius);
    const fine = 5;
    const levels = size < 3 ? 4 : size < 6 ? 2 : 1;
    const [least, most] = [Math.min(...look.rim) / 100, Math.max(...look.rim) / 100];
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
            const away = Math.sqrt(x * x + y * y);
            if (away > most || away < look.hole) continue;
            const angle = away > least ? Math.atan2(y, x) / (2 * Math.PI) : 0;
            const rim = look.rim[Math.round((angle < 0 ? angle + 1 : angle) * look.rim.length) % look.rim.length] / 100;
            if (away <= Math.max(rim, least)) inside++;
          }
        }
        shares.push(inside / (fine * fine));
      }
      // Small shapes are the mean of several, cut at other shares of a cell, so that partly covered cells count in part.
      for (let level = 0; level < levels; level++) {
        const covered = (level + 0.5) / levels;
        for (let dx = -reach; dx <= reach; dx++) {
          if (shares[dx + reach] < covered) continue;
          const from = dx;
          while (dx < reach && shares[dx + 1 + reach] >= covered) dx++;
          rows.push([dy, from, dx]);
          sum += dx - from + 1;
        }
      }
    }
    return sum ? rows.map((row) => [...row, 1 / sum]) : [[0, 0, 0, 1]];
  }

  // Blurs in place. Light at x comes to x + from ... x + to: it is added where that begins and taken away where it ends,
  // which costs nothing where a slice has no pixels, and running sums along the rows then give the light.
  function blur(grid, rows) {
    const { values, across, down } = grid;
    const stride = (across + 1) * 4;
    const steps = new Float32Array(stride * down);
    const runs = Int32Array.from(rows.flatMap(([dy, from, to]) => [dy, from, to + 1]));
    const weight = rows[0][3];
    for (let y = 0, at = 0; y < down; y++) {
      for (let x = 0; x < across; x++, at += 4) {
        if (values[at + 3] === 0) continue;
        const red = weight * values[at];
        const green = weight * values[at + 1];
        const blue = weight * values[at + 2];
        const cover = weight * values[at + 3];
        for (let k = 0; k < runs.length; k += 3) {
          const row = y + runs[k];
          if (row < 0 || row >= down) continue;
          const first = x + runs[k + 1];
          const past = x + runs[k + 2];
          const begin = row * stride + (first > 0 ? first : 0) * 4;
          const end = row * stride + (past < across ? past : across) * 4;
          steps[begin] += red;
          steps[begin + 1] += green;
          steps[begin + 2] += blue;
          steps[begin + 3] += cover;
          steps[end] -= red;
          steps[end + 1] -= green;
          steps[end + 2] -= blue;
          steps[end + 3] -= cover;
        }
      }
    }
    for (let y = 0, at = 0; y < down; y++) {
      let from = y * stride;
      for (const end = at + across * 4, first = at + 4; at < end; at++, from++) {
        values[at] = at < first ? steps[from] : values[at - 4] + steps[from];
      }
    }
  }

  return { kernelRows, blur };
}
