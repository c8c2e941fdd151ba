// Asks Python for a file ("take"), then lets the browser save it. Knows nothing about stacks.

const root = element.querySelector(".take");
const part = (name) => root.querySelector(name);
const MAKING = "Preparing…";
let number = 0;
let busy = null; // the button whose file is being made

function say(text) {
  part(".said").textContent = text;
}

function enable() {
  for (const node of root.querySelectorAll("button, select, input")) node.disabled = !props.ready || busy !== null;
  part(".place").hidden = !props.place;
  if (busy) busy.setAttribute("aria-busy", "true");
}

// Where the viewer stands, and where it stood before the last move: a pull goes from there to here.
function focus() {
  const viewer = document.querySelector("#viewer .focus-viewer");
  return { position: Number(viewer?.dataset.position || 0), start: Number(viewer?.dataset.before || 0) };
}

function take(button) {
  busy = button;
  number += 1;
  say(MAKING);
  enable();
  const { kind } = button.dataset;
  trigger("take", { kind, number, motion: part("select").value, place: part("input").checked, ...focus() });
}

function ended() {
  busy?.removeAttribute("aria-busy");
  const back = busy;
  busy = null;
  if (part(".said").textContent === MAKING) say("");
  enable();
  back?.focus({ preventScroll: true }); // disabled buttons lose the keyboard's place
}

function taken() {
  if (!props.value || props.value.number !== number) return;
  const { file } = props.value;
  const link = document.createElement("a");
  link.href = file.url;
  link.download = file.orig_name;
  document.body.append(link);
  link.click();
  link.remove();
  say(`Saved: ${file.orig_name}`);
}

async function copyLink() {
  if (!props.link) return;
  const address = new URL(location.href);
  address.search = props.link.query;
  history.replaceState(history.state, "", address);
  try {
    await navigator.clipboard.writeText(address.href);
    say("Link copied.");
  } catch {
    say("The link is in the address bar."); // no clipboard without https
  }
}

for (const button of root.querySelectorAll("button[data-kind]")) button.addEventListener("click", () => take(button));
part(".link").addEventListener("click", () => trigger("link", {}));
watch("ready", enable);
watch("place", enable);
watch("value", taken);
watch("ended", ended);
watch("link", copyLink);
enable();
