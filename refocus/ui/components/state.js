// Small helpers of all components: toggle buttons, buttons with a picture, and the value.

function isPressed(button) {
  return button.getAttribute("aria-pressed") === "true";
}

function setPressed(button, on) {
  button.setAttribute("aria-pressed", String(on));
}

function pictureButton(url, label, act) {
  const button = document.createElement("button");
  const picture = new Image();
  button.type = "button";
  button.title = label;
  button.setAttribute("aria-label", label);
  picture.alt = "";
  picture.src = url;
  button.append(picture);
  button.addEventListener("click", act);
  return button;
}

// gradio sends "" or null when there is no value.
function valueOf(props) {
  return props.value && typeof props.value === "object" ? props.value : null;
}
