// The buttons below the picture that are pressed or not: the original, the depth, peaking.

const TOGGLES = ["original", "depth", "peaking"];

function makeTools(root, changed) {
  const part = (name) => root.querySelector("." + name);
  const pressed = (name) => isPressed(part(name));

  function press(name, on) {
    setPressed(part(name), on);
    if (name === "depth") root.classList.toggle("shows-depth", on);
  }

  function toggle(name) {
    const on = !pressed(name);
    press(name, on);
    // Depth and peaking are not shown at once.
    if (on && name === "depth") press("peaking", false);
    if (on && name === "peaking") press("depth", false);
    changed();
  }

  // Enables what a view, or none, allows; returns whether its focus can be moved.
  function enable(view, last) {
    const usable = view !== null && last > 0;
    part("play").disabled = !usable;
    part("peaking").disabled = !view || !view.frames.length;
    part("original").disabled = !view || !view.photo;
    part("depth").disabled = !view || !view.sharpest;
    part("zoom").disabled = !view;
    part("mark").disabled = !usable || !view.sharpest;
    return usable;
  }

  for (const name of TOGGLES) part(name).addEventListener("click", () => toggle(name));
  return { press, pressed, enable, release: () => TOGGLES.forEach((name) => press(name, false)) };
}
