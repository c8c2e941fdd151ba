// Keeps the page alive when the connection or the server is lost: gradio would reload it over a result. Requests wait
// until they can be sent, uploads that the server no longer has are sent again, and errors are shown beside the control
// they are about until it is used again, instead of in a toast. Replaces `fetch` before the page's first event.

const send = window.fetch.bind(window);
const RETRY_MS = 1000;
const ASK_MS = 5000;
const DOUBT_MS = 5 * 60 * 1000; // the server may have removed an upload after so long
const MOST_UPLOADS = 40;
const GATEWAY_ERRORS = [502, 503, 504];
const DISK_FULL = 507;
const NOT_TAKEN = "The server did not take this file. Please try it again, or another one.";
const LOST_WORK = "The connection was lost while this was in work. Please start it again.";
const OFFLINE = "No connection to the server. What you see stays, and what you ask for is sent as soon as it is back.";
const RESTARTED = "The server was restarted. What you see stays; press Refocus to work on with it.";

const pause = () => new Promise((resolve) => {
  const wake = () => (clearTimeout(timer), removeEventListener("online", wake), resolve());
  const timer = setTimeout(wake, RETRY_MS);
  addEventListener("online", wake);
});

// --- what the page says of the connection

const notice = document.createElement("p");
notice.id = "connection";
notice.setAttribute("role", "status");
const say = (text) => {
  notice.textContent = text;
  if (text && !notice.isConnected) document.body.append(notice);
  if (!text) notice.remove();
};
let lost = false;
const wasLost = () => {
  if (lost) return;
  lost = true;
  usedMs.clear();
  say(OFFLINE);
};
const untilAnswered = async (resource, options) => {
  for (;;) {
    try {
      const answer = await send(resource instanceof Request ? resource.clone() : resource, options);
      if (!GATEWAY_ERRORS.includes(answer.status)) return answer;
    } catch (error) {
      if (error.name === "AbortError") throw error;
    }
    wasLost();
    await pause();
  }
};

// --- errors, beside the control that asked

const shown = [];
const OF_THE_PAGE = ["change", "load"];
const eventOf = (id) => window.gradio_config?.dependencies.find((one) => one.id === id);
const isOfUser = (event) => event?.targets.some(([, kind]) => !OF_THE_PAGE.includes(kind));
const firstOf = (event) => (event?.trigger_after == null ? event : firstOf(eventOf(event.trigger_after)));
const clearErrors = (request) => {
  const event = eventOf(request.fn_index), first = firstOf(event);
  // gradio's controls of several files say that files were uploaded when they were refused, too.
  const isUpload = event?.targets.some(([, kind]) => kind === "upload");
  const used = event === first && isOfUser(event) && !isUpload ? controlOf(request.trigger_id) : null;
  const isAgain = !lost && isOfUser(first); // the user goes on after the loss
  if (isAgain) say("");
  const saysLost = ({ textContent }) => isAgain && textContent === LOST_WORK;
  removeErrors(({ control, fn, text }) => control === used || fn === request.fn_index || saysLost(text));
};
const removeErrors = (isOver) => {
  for (const one of shown.filter(isOver)) {
    one.text.remove();
    shown.splice(shown.indexOf(one), 1);
  }
};
const controlOf = (id) => {
  const own = window.gradio_config?.components.find((component) => component.id === id)?.props.elem_id;
  return document.getElementById(own || `component-${id}`) || document.querySelector("#status");
};
const showError = (html, request) => {
  clearErrors(request);
  const sentence = new DOMParser().parseFromString(html, "text/html").body.textContent;
  showBeside(controlOf(request.trigger_id), sentence, request.fn_index);
};
const showBeside = (control, sentence, fn) => {
  if (!control) return;
  const text = document.createElement("p");
  text.className = "error-beside";
  text.setAttribute("role", "alert");
  text.textContent = sentence;
  const place = control.matches("button") ? control.parentElement : control;
  text.style.order = getComputedStyle(place).order; // a phone's page is in another order than its document
  place.after(text);
  text.scrollIntoView({ block: "nearest" }); // the control may be off the screen by now
  shown.push({ control, fn, text });
};

// --- uploads, which the page can send again

const uploads = new Map(); // path on the server: file
const moved = new Map(); // path in the page's controls: path on the server now
const escaped = (path) => JSON.stringify(path).slice(1, -1);
const usedMs = new Map(); // path on the server: when it was there

const keepUploads = async (answer, files) => {
  const paths = await answer.clone().json();
  paths.forEach((path, index) => uploads.set(path, files[index]) && usedMs.set(path, performance.now()));
  for (const old of [...uploads.keys()].slice(0, -MOST_UPLOADS)) uploads.delete(old);
  return paths;
};
// The control that was given files last.
let filled = null;
for (const kind of ["change", "drop", "paste", "click"]) {
  const note = ({ target }) => (filled = target.closest?.(".block") ?? filled);
  addEventListener(kind, note, true);
}
const upload = async (resource, options) => {
  const control = filled;
  removeErrors((one) => one.control === control);
  const answer = await untilAnswered(resource, options);
  if (answer.ok) {
    await keepUploads(answer, options.body.getAll("files"));
    return answer;
  }
  const isFull = answer.status === DISK_FULL;
  showBeside(control ?? document.querySelector("#status"), isFull ? await answer.clone().text() : NOT_TAKEN);
  // gradio would show the status in a toast; without files a control of one file stays as it is.
  return control?.querySelector("input[type=file][multiple]") ? answer : Response.json([]);
};
const isThere = async (path, url) => (await untilAnswered(new URL(`../file=${encodeURI(path)}`, url), { method: "HEAD" })).ok;
const uploadAgain = async (file, url) => {
  const body = new FormData();
  body.append("files", file);
  const answer = await untilAnswered(new URL("../upload", url), { method: "POST", body });
  return answer.ok ? (await keepUploads(answer, [file]))[0] : null;
};
const withUploads = async (text, url) => {
  for (const path of new Set([...uploads.keys(), ...moved.keys()])) {
    if (!text.includes(escaped(path))) continue;
    let now = moved.get(path) ?? path;
    const isDoubtful = performance.now() - (usedMs.get(now) ?? -DOUBT_MS) >= DOUBT_MS;
    if (isDoubtful && uploads.has(now) && !(await isThere(now, url))) now = (await uploadAgain(uploads.get(now), url)) ?? now;
    usedMs.set(now, performance.now());
    if (now !== path) moved.set(path, now);
    text = text.replaceAll(escaped(path), escaped(now));
  }
  return text;
};

// --- events

const waiting = new Map(); // id of an event: its request
const joining = new Set(); // requests that the server has not answered with an id yet
const join = (resource, options) => {
  const joined = joinQueue(resource, options);
  joining.add(joined);
  const forget = () => joining.delete(joined);
  joined.then(forget, forget);
  return joined;
};
const joinQueue = async (resource, options) => {
  const request = JSON.parse(options.body);
  clearErrors(request);
  const url = new URL(resource, location.href);
  const body = await withUploads(options.body, url);
  const answer = await untilAnswered(resource, { ...options, body });
  watchServer(request.session_hash, url);
  if (lost) ask();
  if (answer.ok) waiting.set((await answer.clone().json()).event_id, request);
  return answer;
};

const failed = (event_id, text) => ({
  msg: "process_completed", event_id, success: false, output: { error: text, visible: true }, title: "Error",
});
// What gradio is told in place of a message of the server.
const translated = (message) => {
  if (message.msg === "unexpected_error") return [...waiting.keys()].map((id) => failed(id, LOST_WORK)).flatMap(translated);
  if (message.msg !== "process_completed") return [message];
  const request = waiting.get(message.event_id);
  waiting.delete(message.event_id);
  if (message.success || !request || !message.output?.error || message.output.visible === false) return [message];
  showError(message.output.error, request);
  return [{ ...message, output: { ...message.output, visible: false } }];
};
const messages = async (request) => {
  const answer = await untilAnswered(request);
  if (!answer.ok) return answer;
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  const encoder = new TextEncoder();
  let text = "", isOver = false;
  const body = new ReadableStream({
    async start(controller) {
      const tell = (message) => controller.enqueue(encoder.encode(`data: ${JSON.stringify(message)}\n\n`));
      for (let read; !(read = await reader.read().catch(() => ({ done: true }))).done;) {
        const blocks = (text + read.value).split("\n\n");
        text = blocks.pop();
        for (const block of blocks) {
          const message = block.startsWith("data:") ? JSON.parse(block.slice(5)) : null;
          isOver ||= message?.msg === "close_stream";
          // A quick event can end before the request that asked for it is answered with its id.
          if (message?.event_id && !waiting.has(message.event_id)) await Promise.allSettled([...joining]);
          if (message) translated(message).forEach(tell);
          else controller.enqueue(encoder.encode(`${block}\n\n`));
        }
      }
      if (!isOver && !request.signal.aborted) {
        if (waiting.size) wasLost();
        translated({ msg: "unexpected_error" }).forEach(tell);
        tell({ msg: "close_stream" });
      }
      controller.close();
    },
    cancel: (reason) => reader.cancel(reason),
  });
  return new Response(body, { status: answer.status, headers: answer.headers });
};

// Asks, from the page's first event on, whether the server is there; this also tells it that the page still is.
let own = ""; // address of the page's session
let server = ""; // name of the process that answered first
const ask = async () => {
  const answer = await send(`${own}/open`).catch(() => null);
  if (!answer || GATEWAY_ERRORS.includes(answer.status)) return wasLost();
  const name = await answer.text();
  const isOther = Boolean(server) && name !== server; // it may have been away for less than the time between two asks
  if (isOther) usedMs.clear();
  if (lost || isOther) say(isOther ? RESTARTED : "");
  server = name;
  lost = false;
};
const watchServer = (session, url) => {
  if (own) return;
  own = new URL(`../heartbeat/${session}`, url).href;
  ask();
  setInterval(() => (lost || !document.hidden) && ask(), ASK_MS);
  addEventListener("online", ask);
  addEventListener("pagehide", () => navigator.sendBeacon(`${own}/closed`));
};

window.fetch = (resource, options) => {
  const { pathname, origin } = new URL(resource.url ?? resource, location.href);
  if (origin !== location.origin) return send(resource, options);
  if (pathname.endsWith("/queue/join")) return join(resource, options);
  if (pathname.endsWith("/queue/data")) return messages(resource);
  if (pathname.endsWith("/upload")) return upload(resource, options);
  return (options?.method === "POST" ? untilAnswered : send)(resource, options);
};
