// The view that is shown, and how it gives way to another: anew, in place, or with another still only.
//
// `parts`: bitmaps, picture, overlay, ruler, previews, still, focus and zoom. `on` has opened(place) (another scene is
// shown, from that place), changed(), placed(place) (the focus glides to where the photo opens), state(name) and
// paint().

function makeViews(parts, on) {
  const { picture, overlay, ruler, previews, still, focus, zoom, bitmaps } = parts;
  const loader = makeLoader({ ...parts, changed: on.paint });
  let view = null;
  let replaces = false; // another view is being loaded to take the place of this one
  let loading = new AbortController();

  const last = () => lastFrameOf(view);
  const showsPhotoOnly = () => !view.frames.length && !view.scene;

  function sameFrames(next) {
    return view && next && view.frames.length > 0 && view.frames.length === next.frames.length
      && next.frames.every((file, i) => file.url === view.frames[i].url);
  }

  function show(next) {
    if (sameFrames(next)) {
      view = next;
      still.set(view.still);
      on.changed();
      if (replaces) run(load(view, anew()));
      return on.paint();
    }
    // Another view of the scene, or the first one of a photo, replaces this one once it is loaded.
    const inPlace = view && next && (showsPhotoOnly() ? next.frames_to_come : next.scene && next.scene === view.scene);
    const signal = anew();
    if (inPlace) return run(replaceWith(next, signal));
    view = next;
    still.set(view?.still);
    focus.stop();
    focus.put(view ? view.position : 0);
    previews.clear();
    on.opened(focus.at());
    if (!view) return clear();
    layOut();
    on.state(view.frames.length ? "loading" : "waiting");
    run(load(view, signal));
  }

  // Ends what is being loaded; the signal is for what is loaded next.
  function anew() {
    loading.abort();
    loading = new AbortController();
    replaces = false;
    return loading.signal;
  }

  function run(work) {
    work.catch((error) => {
      // A photo in a format that browsers do not show: the server sends it in another.
      if (error.name !== "AbortError" && !view?.own) on.state("failed");
    });
  }

  function clear() {
    overlay.setMap(null, 0);
    ruler.open(0, "", 0);
    bitmaps.keepOnly(new Set());
    zoom.reset();
    on.state("empty");
    on.paint();
  }

  function layOut() {
    picture.reset(view.width || 3, view.height || 2, view.frames.length);
    overlay.setMap(null, 0);
    ruler.open(last() ? last() + 1 : 0, last() ? view.subject : "", focus.at());
    zoom.reset();
    on.changed();
    on.paint();
  }

  async function load(wanted, signal) {
    if (wanted.own) {
      const { bitmap, ...size } = await loader.ownPhoto(wanted, signal);
      Object.assign(wanted, size);
      layOut();
      picture.setPhoto(bitmap);
      return loaded(wanted);
    }
    const frames = loader.frames(wanted, outward(wanted.frames.length, focus.at()), signal);
    await Promise.all([loader.map(wanted, signal), frames]);
    await loader.photo(wanted, signal);
    loaded(wanted);
    await loader.scene(wanted, signal);
  }

  // Everything of another view of the scene is loaded first, then shown in place of this one.
  async function replaceWith(next, signal) {
    on.state("replacing");
    replaces = true;
    await loader.files(next, signal);
    replaces = false;
    const moved = !showsPhotoOnly() && Math.abs(focus.at() - focus.clamp(view.position)) > 0.005;
    const share = last() ? focus.at() / last() : 0;
    view = next;
    if (moved) focus.put(share * last());
    picture.reset(view.width, view.height, view.frames.length);
    ruler.setFrames(last() + 1);
    await loader.map(view, signal);
    await loader.frames(view, view.frames.keys(), signal);
    await loader.photo(view, signal);
    ruler.setSubject(view.subject, view.position / last());
    still.set(view.still);
    on.changed();
    loaded(view);
    if (!moved) on.placed(focus.clamp(view.position));
    await loader.scene(view, signal);
  }

  function loaded(wanted) {
    loader.forgetOthers(wanted);
    on.state(wanted.frames.length ? "ready" : wanted.frames_to_come ? "draft" : "waiting");
    on.paint();
  }

  return { show, current: () => view, last, abort: () => loading.abort() };
}
