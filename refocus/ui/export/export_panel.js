// Asks Python for a file ("export", or "export_quick" for small ones), then lets the browser save it.

const root = element.querySelector(".export");
const part = (name) => root.querySelector(name);
const PREPARING = "Preparing…";
let number = 0;
let busy = null; // the button whose file is being written

function say(text) {
  part(".message").textContent = text;
}

function enable() {
  for (const node of root.querySelectorAll("button, select, input")) node.disabled = !props.ready || busy !== null;
  part(".location").hidden = !props.has_location;
  if (busy) busy.setAttribute("aria-busy", "true");
}

// What the viewer shows: its position now and before the last move: a focus pull goes from the latter to the former.
function focus() {
  const viewer = document.querySelector("#viewer .focus-viewer");
  const { position = 0, before = 0, look, made = "" } = viewer?.dataset || {};
  const other = look ? JSON.parse(look) : { blur: null, aperture: null };
  return { position: Number(position), start: Number(before), made, ...other };
}

function requestFile(button) {
  busy = button;
  number += 1;
  say(PREPARING);
  enable();
  const { kind } = button.dataset;
  trigger(props.quick_kinds.includes(kind) ? "export_quick" : "export", { kind, number, motion: part("select").value, place: part("input").checked, ...focus() });
}

function ended() {
  busy?.removeAttribute("aria-busy");
  const pressed = busy;
  busy = null;
  if (part(".message").textContent === PREPARING) say("");
  enable();
  pressed?.focus({ preventScroll: true }); // a disabled button loses the focus
}

function saveFile() {
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

for (const button of root.querySelectorAll("button[data-kind]")) button.addEventListener("click", () => requestFile(button));
part(".link").addEventListener("click", () => trigger("link", {}));
watch("ready", enable);
watch("has_location", enable);
watch("value", saveFile);
watch("ended", ended);
watch("link", copyLink);
enable();
