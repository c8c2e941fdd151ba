// Several stacks at once: one slider, tap and zoom drive all. Beside each other, flickering, or split.
// gradio gives `element`, `props`, `trigger` and `watch`; the shared scripts stand before this one.

const PULL_MS = 350;
const SWEEP_MS = 4200; // near to far and back
const FLICKER_MS = 700;
const LOADS_AT_ONCE = 3;
const BINS = 64;

const root = element.querySelector(".comparing");
const part = (name) => root.querySelector("." + name);
const slider = part("slider");
const bitmaps = makeBitmaps();
const words = pickWords(props.words);
const ruler = makeRuler(root, slider, words);

let cells = [];
let lead = null; // the cell whose frames the slider counts
let motion = null; // a function of time to { shares, done }, while the focus moves by itself
let playing = false;
let scheduled = false;
let flicker = null;
let loading = new AbortController();
let lastPlace = [0.5, 0.5];
let zoomState = { scale: 1, x: 0, y: 0 };

const shown = () => cells.filter((cell) => cell.view);
const stacked = () => root.dataset.mode !== "side";
const pressed = (name) => part(name).getAttribute("aria-pressed") === "true";

// --- showing ---------------------------------------------------------------------------------------

function schedule() {
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(paint);
}

function paint(now) {
  scheduled = false;
  if (!root.isConnected) return loading.abort();
  if (!lead) return;
  if (motion) {
    const step = motion(now);
    shown().forEach((cell, i) => { cell.share = step.shares[i]; });
    if (step.done) motion = null;
  }
  for (const cell of shown()) paintCell(cell);
  ruler.paint(lead.share * lead.last, lead.last);
  root.dataset.share = lead.share.toFixed(3);
  if (motion) schedule();
}

function paintCell(cell) {
  const position = cell.share * cell.last;
  cell.picture.draw(position);
  const depth = pressed("depth") && cell.overlay.hasMap();
  cell.node.querySelector(".overlay").hidden = !depth;
  if (depth) cell.overlay.drawDepth(position);
  cell.node.dataset.position = position.toFixed(3);
}

// --- moving the focus ------------------------------------------------------------------------------

function take() {
  motion = null;
  setPlaying(false);
}

function moveTo(share) {
  take();
  for (const cell of shown()) cell.share = Math.min(Math.max(share, 0), 1);
  schedule();
}

// Each stack goes to its own plane of that place, so that all show the same thing sharp.
function tapped(cell, u, v) {
  lastPlace = [u, v];
  slider.focus({ preventScroll: true });
  const told = [cell, ...shown()].find((one) => one.overlay.hasMap());
  if (!told) return;
  const common = told.overlay.positionAt(u, v) / told.last;
  take();
  const from = shown().map((one) => one.share);
  const to = shown().map((one) => (one.overlay.hasMap() ? one.overlay.positionAt(u, v) / one.last : common));
  const duration = reducedMotion() ? 0 : PULL_MS;
  let start = null;
  motion = (now) => {
    if (start === null) start = now - 16;
    const done = now - start >= duration;
    const left = done ? 0 : (1 - (now - start) / duration) ** 3;
    return { shares: to.map((goal, i) => goal + (from[i] - goal) * left), done };
  };
  for (const one of shown()) showRing(one, u, v);
  schedule();
}

function showRing(cell, u, v) {
  const ring = cell.node.querySelector(".ring");
  ring.style.left = `${u * 100}%`;
  ring.style.top = `${v * 100}%`;
  const transform = "translate(-50%, -50%) scale(calc(1 / var(--fv-zoom, 1)))";
  ring.getAnimations().forEach((animation) => animation.cancel());
  ring.animate([{ opacity: 1, transform }, { opacity: 1, transform, offset: 0.7 }, { opacity: 0, transform }], 1000);
}

function setPlaying(on) {
  playing = on;
  part("play").setAttribute("aria-label", on ? words.pause : words.play);
  root.dataset.playing = String(on);
}

function togglePlay() {
  const start = !playing;
  take();
  if (!start || !lead) return;
  setPlaying(true);
  const phase = Math.acos(1 - 2 * lead.share);
  let began = null;
  motion = (now) => {
    if (began === null) began = now;
    const share = (1 - Math.cos(phase + ((now - began) / SWEEP_MS) * 2 * Math.PI)) / 2;
    return { shares: shown().map(() => share), done: false };
  };
  schedule();
}

// --- beside each other, flickering, split ----------------------------------------------------------

function setMode(mode) {
  root.dataset.mode = mode;
  for (const button of root.querySelectorAll(".mode")) {
    button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
  }
  clearInterval(flicker);
  root.dataset.front = "a";
  if (mode === "flicker" && !reducedMotion()) flicker = setInterval(flip, FLICKER_MS);
  requestAnimationFrame(sync);
}

function flip() {
  if (!root.isConnected) return clearInterval(flicker);
  root.dataset.front = root.dataset.front === "a" ? "b" : "a";
}

// In a flicker the button shows the other one and holds it; in a split both change sides.
function swap() {
  if (root.dataset.mode === "flicker") {
    clearInterval(flicker);
    return flip();
  }
  choose(Number(part("second").value), Number(part("first").value));
}

function choose(first, second) {
  part("first").value = first;
  part("second").value = second;
  cells.forEach((cell, i) => {
    cell.node.classList.toggle("a", i === first);
    cell.node.classList.toggle("b", i === second && i !== first);
  });
  requestAnimationFrame(sync);
}

function cut(share) {
  root.style.setProperty("--cut", `${share}%`);
}

// --- zoom ------------------------------------------------------------------------------------------

// A hidden scene has no size to zoom; it follows when it is seen.
const visible = () => shown().filter((cell) => cell.node.querySelector(".scene").offsetWidth > 0);

function sync() {
  for (const cell of visible()) cell.zoom.follow(zoomState);
}

function zoomChanged(leader, scale) {
  zoomState = leader.zoom.state();
  for (const cell of visible()) if (cell !== leader) cell.zoom.follow(zoomState);
  part("zoom").textContent = scale > 1 ? words.fit : words.zoom;
  part("zoom").setAttribute("aria-pressed", String(scale > 1));
  root.dataset.zoom = scale.toFixed(2);
}

function zoomTo(scale) {
  const [cell] = visible();
  if (!cell) return;
  if (scale <= 1) cell.zoom.reset();
  else cell.zoom.zoomAtPlace(...lastPlace, scale);
}

// --- a new value -----------------------------------------------------------------------------------

function node(tag, name, text = "") {
  const made = document.createElement(tag);
  made.className = name;
  made.textContent = text;
  return made;
}

function canvas(name) {
  const made = node("canvas", name);
  made.width = 3;
  made.height = 2;
  return made;
}

function buildCell(entry) {
  const figure = node("figure", "cell");
  const caption = node("figcaption", "");
  caption.append(node("strong", "", entry.label), ...entry.caption.map((line) => node("span", "", line)));
  const cell = { node: figure, view: entry.view, share: 0.5, last: 1 };
  if (!entry.view) {
    figure.append(node("p", "why", entry.why), caption);
    return cell;
  }
  const stage = node("div", "stage");
  const scene = node("div", "scene");
  const picture = canvas("picture");
  const overlay = canvas("overlay");
  picture.setAttribute("role", "img");
  picture.setAttribute("aria-label", [entry.label, ...entry.caption].join(". "));
  overlay.hidden = true;
  scene.append(picture, overlay, node("span", "ring"));
  scene.style.setProperty("--fv-ratio", entry.view.width / entry.view.height);
  stage.append(scene);
  figure.append(stage, caption);
  cell.last = Math.max(entry.view.frames.length - 1, 1);
  cell.picture = makePicture(picture);
  cell.picture.reset(entry.view.width, entry.view.height, entry.view.frames.length);
  cell.overlay = makeOverlay(overlay);
  cell.zoom = makeZoom(stage, scene, (scale) => zoomChanged(cell, scale));
  listenToGestures(stage, scene, cell.zoom, { tap: (u, v) => tapped(cell, u, v), hold() {}, active: () => true });
  return cell;
}

function show(next) {
  const value = next && typeof next === "object" && next.entries.length ? next : null;
  loading.abort();
  loading = new AbortController();
  take();
  cells = value ? value.entries.map(buildCell) : [];
  lead = shown()[0] || null;
  zoomState = { scale: 1, x: 0, y: 0 };
  part("cells").replaceChildren(...cells.map((cell) => cell.node));
  root.dataset.state = value ? "loading" : "empty";
  root.dataset.ready = "false";
  if (!value) return bitmaps.keepOnly(new Set());
  const ratio = lead ? lead.view.width / lead.view.height : 1.5;
  for (const cell of cells) cell.node.style.setProperty("--fv-ratio", ratio);
  for (const name of ["first", "second"]) {
    part(name).replaceChildren(...value.entries.map((entry, i) => new Option(entry.label, i)));
  }
  choose(0, Math.min(1, cells.length - 1));
  ruler.setFrames(lead ? lead.last + 1 : 0);
  ruler.setContent([]);
  const signal = loading.signal;
  Promise.all(shown().map((cell) => load(cell, signal))).then(() => {
    const urls = shown().flatMap((cell) => [...cell.view.frames, cell.view.sharpest]).filter(Boolean);
    bitmaps.keepOnly(new Set(urls.map((file) => file.url)));
    root.dataset.state = "ready";
    root.dataset.ready = "true";
    schedule();
  }).catch((error) => {
    if (error.name !== "AbortError") root.dataset.state = "failed";
  });
  schedule();
}

async function load(cell, signal) {
  const { frames, sharpest } = cell.view;
  if (sharpest) {
    cell.overlay.setMap(await bitmaps.get(sharpest.url, signal), cell.last);
    if (cell === lead) ruler.setContent(cell.overlay.histogram(BINS));
  }
  await inParallel(outward(frames.length, cell.share * cell.last), LOADS_AT_ONCE, async (i) => {
    cell.picture.setFrame(i, await bitmaps.get(frames[i].url, signal));
    if (cell === lead) ruler.markLoaded(i);
    schedule();
  });
}

// --- start -----------------------------------------------------------------------------------------

const STEPS = { ArrowRight: 1, ArrowUp: 1, PageUp: 1, ArrowLeft: -1, ArrowDown: -1, PageDown: -1 };

function onSliderKey(event) {
  if (!lead || event.ctrlKey || event.metaKey || event.altKey) return;
  const at = lead.share * lead.last;
  const step = STEPS[event.key];
  if (event.key === " ") togglePlay();
  else if (event.key === "Home") moveTo(0);
  else if (event.key === "End") moveTo(1);
  else if (step) moveTo((step > 0 ? Math.floor(at + 1.001) : Math.ceil(at - 1.001)) / lead.last);
  else return;
  event.preventDefault();
}

function onKey(event) {
  if (!lead || event.ctrlKey || event.metaKey || event.altKey || event.target.tagName === "SELECT") return;
  const factor = { "+": 1.25, "=": 1.25, "-": 0.8 }[event.key];
  if (factor) zoomTo(zoomState.scale * factor);
  if (event.key === "0" || event.key === "Escape") zoomTo(1);
  if (event.key === "x" && stacked()) swap();
}

function listen() {
  slider.addEventListener("input", () => lead && moveTo(slider.valueAsNumber / lead.last));
  slider.addEventListener("keydown", onSliderKey);
  root.addEventListener("keydown", onKey);
  part("play").addEventListener("click", togglePlay);
  for (const button of root.querySelectorAll(".mode")) button.addEventListener("click", () => setMode(button.dataset.mode));
  for (const name of ["first", "second"]) {
    part(name).addEventListener("change", () => choose(Number(part("first").value), Number(part("second").value)));
  }
  part("swap").addEventListener("click", swap);
  part("divider").addEventListener("input", () => cut(part("divider").valueAsNumber));
  part("zoom").addEventListener("click", () => zoomTo(zoomState.scale > 1 ? 1 : DOUBLE_TAP_ZOOM));
  part("depth").addEventListener("click", () => {
    part("depth").setAttribute("aria-pressed", String(!pressed("depth")));
    root.classList.toggle("shows-depth", pressed("depth"));
    schedule();
  });
  new ResizeObserver(sync).observe(part("cells"));
  watch("value", () => show(props.value));
}

root.setAttribute("aria-label", words.compared);
slider.setAttribute("aria-label", words.focus);
for (const one of root.querySelectorAll("[data-word]")) one.textContent = words[one.dataset.word];
for (const one of root.querySelectorAll("[data-tip]")) one.title = words[one.dataset.tip];
root.style.setProperty("--fv-depths", depthGradient());
part("zoom").textContent = words.zoom;
root.dataset.front = "a";
setPlaying(false);
listen();
show(props.value);
