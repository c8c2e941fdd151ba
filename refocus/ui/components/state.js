// The state of toggle buttons, and the value of a component.

function isPressed(button) {
  return button.getAttribute("aria-pressed") === "true";
}

function setPressed(button, on) {
  button.setAttribute("aria-pressed", String(on));
}

// A value that gradio sends for nothing is "" or null.
function valueOf(props) {
  return props.value && typeof props.value === "object" ? props.value : null;
}
