// Previews in a canvas: `show(look)` asks for one, and of several asked for while one is being rendered the latest is
// next; `arrived` is called for each. They have the size of the map (512 px) while the look changes, and that of the
// picture once it rests.
function makePreviews(canvas, apertures, arrived) {
  const REST_MS = 200;
  const context = canvas.getContext("2d");
  let worker = null;
  let hasScene = false;
  let busy = false;
  let wanted = null; // the look to be rendered next
  let asked = ""; // the look that was asked for last
  let restTimer = null;

  // Runs in the worker.
  function serve(renderer) {
    self.onmessage = ({ data }) => {
      if (data.scene) {
        renderer.setScene(data.scene);
        return setTimeout(renderer.prepare);
      }
      const picture = renderer.render(data.look, data.size);
      self.postMessage({ ...picture, key: data.key }, [picture.rgba.buffer]);
    };
  }

  function start() {
    const script = `(${serve})((${previewRenderer})((${previewBlur})()));`;
    const address = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
    worker = new Worker(address);
    URL.revokeObjectURL(address);
    worker.onmessage = ({ data }) => {
      busy = false;
      if (wanted) ask(wanted, "coarse");
      if (!hasScene) return;
      canvas.width = data.width;
      canvas.height = data.height;
      context.putImageData(new ImageData(data.rgba, data.width, data.height), 0, 0);
      canvas.dataset.look = data.key;
      arrived();
    };
  }

  // `picture` is all in focus; `map` tells where each pixel is sharp.
  function setScene(picture, map, last) {
    if (!worker) start();
    hasScene = true;
    asked = "";
    const codes = readPixels(map, map.width, map.height).filter((_, i) => i % 4 === 0);
    const rgba = readPixels(picture, picture.width, picture.height);
    const scene = {
      picture: { width: picture.width, height: picture.height, rgba },
      map: { width: map.width, height: map.height, codes },
      codesPerFrame: Math.floor(255 / Math.max(last, 1)),
      last,
    };
    worker.postMessage({ scene }, [rgba.buffer, codes.buffer]);
  }

  function ask(look, size) {
    wanted = null;
    busy = true;
    const shape = apertures[look.aperture] || apertures.circle;
    const key = JSON.stringify({ ...look, size });
    worker.postMessage({ size, key, look: { position: look.position, diameter: look.blur * look.span, ...shape } });
    clearTimeout(restTimer);
    if (size === "coarse") restTimer = setTimeout(() => refine(look), REST_MS);
  }

  function refine(look) {
    if (busy) restTimer = setTimeout(() => refine(look), REST_MS);
    else ask(look, "fine");
  }

  // `look`: position, blur, aperture and span (of the view).
  function show(look) {
    const key = JSON.stringify(look);
    if (!hasScene || key === asked) return;
    asked = key;
    if (busy) wanted = look;
    else ask(look, "coarse");
  }

  // No preview is shown or wanted any more.
  function clear() {
    hasScene = false;
    asked = "";
    wanted = null;
    clearTimeout(restTimer);
    delete canvas.dataset.look;
  }

  function close() {
    clear();
    worker?.terminate();
    worker = null;
  }

  return { setScene, show, clear, close, hasPicture: () => Boolean(canvas.dataset.look) };
}
