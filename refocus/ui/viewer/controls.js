// What the focus viewer and the page's other parts tell each other.

// The value of the focus viewer for a photo that was just chosen; its size is that of the picture, once it is loaded.
function ownPhoto(photo) {
  const description = photo?.orig_name || "";
  return photo && { own: true, width: 0, height: 0, frames: [], photo, position: 0, description };
}

// The look that the page's controls ask for, told to the focus viewer; without a round trip to the server, as a prop
// would need.
function tellLook(look) {
  dispatchEvent(new CustomEvent("refocuslook", { detail: look }));
}

function hearLook(hear) {
  addEventListener("refocuslook", (event) => hear(event.detail));
}

// What a prompt made that the focus viewer shows now; "" for none.
function tellMade(name) {
  dispatchEvent(new CustomEvent("refocusmade", { detail: name }));
}

function hearMade(hear) {
  addEventListener("refocusmade", (event) => hear(event.detail));
}
