// The text box for bokeh prompts. Python parses the text and finds the subject; this script holds the user's input: the
// text, the removed chips, and the last tap or marked region on a picture.
// Events: "understand" when the user pauses, "apply" to render the picture. Both carry `request()`.

const PAUSE_MS = 350;
const FOCUS_FIELDS = ["subject", "side", "focus", "focus_distance_m", "rack"];

const root = element.querySelector(".prompt-box");
const part = (name) => root.querySelector(name);
const input = part("input");

let asked = 0; // number of the last request, so that late answers to older ones are not shown
let timer = null;
let leftOut = new Map(); // field to the label it had when it was removed
let tap = null; // { x, y } in [0, 1], { region: a line of places } or { mask: true } for a mask that was brought
let tappedOver = ""; // what the text said about the focus when the user tapped
let applied = 0; // number of the request that was applied last
let made = ""; // what a prompt made that the focus viewer shows; what was found is beside its thumbnail
let busy = false;

function request(quiet = false) {
  const place = { x: tap?.x ?? null, y: tap?.y ?? null, region: tap?.region ?? null, mask: Boolean(tap?.mask) };
  return { text: input.value, left_out: [...leftOut.keys()], ...place, position: shownPosition(), asked, quiet };
}

// The stack position in the viewer: a prompt that names no place leaves the focus there.
function shownPosition() {
  const { position } = document.querySelector("#viewer .focus-viewer")?.dataset || {};
  return position === undefined ? null : Number(position);
}

// `quiet`: the focus stays where it is, and nothing is outlined.
function ask(quiet = false) {
  clearTimeout(timer);
  asked += 1;
  trigger("understand", request(quiet));
}

function askSoon() {
  clearTimeout(timer);
  timer = setTimeout(ask, PAUSE_MS);
}

function apply() {
  if (busy || input.disabled) return;
  clearTimeout(timer);
  applied = asked;
  setBusy(true);
  trigger("apply", request());
}

function setBusy(on) {
  busy = on;
  part(".apply").textContent = on ? "Rendering…" : "Apply";
  enable();
}

function ready() {
  return Boolean(props.stack);
}

function enable() {
  root.dataset.state = ready() ? "on" : "off";
  for (const node of root.querySelectorAll("input, .under button")) node.disabled = !ready();
  input.placeholder = ready() ? "What should be sharp, and which blur?" : "Available once the frames are there.";
  part(".apply").disabled = !ready() || busy || !(input.value.trim() || tap);
}

// --- chips -----------------------------------------------------------------------------------------

const CROSS = '<svg viewBox="0 0 12 12" aria-hidden="true"><path d="M2 2l8 8M10 2l-8 8"></path></svg>';

function chip(label, { title, on, unknown, act }) {
  const item = document.createElement("li");
  item.innerHTML = `<button type="button"><span class="label"></span>${CROSS}</button>`;
  const button = item.firstElementChild;
  button.querySelector(".label").textContent = label;
  button.title = title;
  refocus.setPressed(button, on);
  button.addEventListener("click", act);
  if (unknown) item.className = "unknown";
  return item;
}

function toggle(field, label) {
  if (!leftOut.delete(field)) leftOut.set(field, label);
  show();
  ask();
}

function removeTap() {
  tap = null;
  show();
  ask();
}

// A word that was not understood has no effect, so removing its chip removes it from the text.
function removeWord(word) {
  const at = input.value.toLowerCase().indexOf(word.toLowerCase());
  if (at < 0) return;
  const kept = input.value.slice(0, at) + input.value.slice(at + word.length);
  input.value = kept.replace(/\s+([,.;])/g, "$1").replace(/\s{2,}/g, " ").replace(/^[\s,;]+|[\s,;]+$/g, "");
  ask();
}

function aboutFocus(chips) {
  return chips.filter((one) => FOCUS_FIELDS.includes(one.field)).map((one) => one.label).join(" ");
}

function understoodChips(answer) {
  const chips = answer.chips || [];
  const items = chips.map(({ field, label }) => {
    const overridden = tap !== null && FOCUS_FIELDS.includes(field) && field !== "rack";
    const on = !leftOut.has(field) && !overridden;
    const act = overridden ? removeTap : () => toggle(field, label);
    return chip(label, { on, act, title: on ? "Remove" : "Add back" });
  });
  if (tap) items.unshift(chip(`focus: ${placeWords()}`, { on: true, act: removeTap, title: "Remove" }));
  const unknown = (answer.ignored || []).map((word) => {
    return chip(`not understood: ${word}`, { on: true, unknown: true, act: () => removeWord(word), title: "Remove" });
  });
  return [...items, ...unknown];
}

function placeWords() {
  if (tap.mask) return "your mask";
  return tap.region ? "the region you marked" : "where you tapped";
}

function show() {
  const answer = current();
  const anything = Boolean(input.value.trim() || tap);
  part(".examples").hidden = anything;
  part(".understood").hidden = !anything;
  part(".chips").replaceChildren(...understoodChips(answer));
  part(".found").textContent = (!(made && asked === applied) && answer.found) || "";
  part(".found").classList.toggle("unsure", answer.sure === false);
  enable();
}

function current() {
  return refocus.valueOf(props) || {};
}

// --- answers from Python ---------------------------------------------------------------------------

function answered() {
  const answer = current();
  if (answer.asked !== asked) return;
  // The latest input wins: new words about the focus replace an older tap. A chip stays removed while its label is the
  // same.
  const labels = new Map(answer.chips.map((one) => [one.field, one.label]));
  const before = [leftOut.size, tap];
  leftOut = new Map([...leftOut].filter(([field, label]) => labels.get(field) === (label ?? labels.get(field))));
  if (tappedOver === null) tappedOver = aboutFocus(answer.chips);
  else if (tap && aboutFocus(answer.chips) !== tappedOver) tap = null;
  show();
  if (leftOut.size !== before[0] || tap !== before[1]) ask();
}

function tapped() {
  if (!props.tapped || !ready()) return;
  const { apply: atOnce, text, left_out: fields, ...place } = props.tapped;
  tap = place;
  tappedOver = aboutFocus(current().chips || []);
  if (text !== undefined && text !== input.value) {
    // A tap on an older picture restores its text; what that says about the focus is not known yet.
    input.value = text;
    leftOut = new Map(fields.map((field) => [field, null]));
    tappedOver = null;
  }
  show();
  ask();
  if (atOnce) apply();
}

function newStack() {
  tap = null;
  show();
  if (ready() && input.value.trim()) ask(true); // the words were about another picture
}

// --- start -----------------------------------------------------------------------------------------

function start() {
  for (const text of props.examples) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    button.addEventListener("click", () => {
      input.value = text;
      input.focus();
      show();
      ask();
    });
    part(".examples").append(button);
  }
  input.addEventListener("input", () => {
    show();
    askSoon();
  });
  part("form").addEventListener("submit", (event) => {
    event.preventDefault();
    apply();
  });
  watch("value", answered);
  watch("stack", newStack);
  watch("tapped", tapped);
  watch("applied", () => setBusy(false));
  refocus.hearMade((name) => {
    made = name;
    show();
  });
  setBusy(false);
  show();
}

start();
