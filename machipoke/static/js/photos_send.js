// Sends photos, three at a time. What was cut off is sent again under the same client_id, so that it never arrives twice.

const AT_ONCE = 3;
const PAUSES = [1, 2, 4, 8]; // s before sending again
const LONGEST = 60; // s that a busy site may ask to wait

/** Whether the same may go well later: no answer, too slow, under way, too many, or the site's own trouble. */
function isForNow(status, body) {
  return status >= 500 || ([0, 408, 409, 429].includes(status) && body.errors?.[0]?.code !== "client_id_used");
}

const queue = [];
let running = 0;

/** Why a photo did not arrive: `kind` is signed-out, cancelled, offline, busy or refused, `detail` the server's words. */
export class SendingFailed extends Error {
  constructor(kind, detail = "") {
    super(kind);
    Object.assign(this, { kind, detail });
  }
}

/** Resolves with what the server says of the photo; `sending` has { url, token(), fields, blob, progress(share), signal }. */
export function send(sending) {
  return new Promise((resolve, reject) => {
    queue.push(() => attempts(sending).then(resolve, reject));
    next();
  });
}

function next() {
  while (running < AT_ONCE && queue.length) {
    running += 1;
    queue.shift()().finally(() => { running -= 1; next(); });
  }
}

async function attempts(sending) {
  for (let turn = 0; ; turn += 1) {
    if (sending.signal.aborted) throw new SendingFailed("cancelled");
    const { status, body, wait } = await once(sending);
    if (status === 200 || status === 201) return body;
    if (sending.signal.aborted) throw new SendingFailed("cancelled");
    if (status === 401 || status === 403) throw new SendingFailed("signed-out", detailOf(body));
    if (!isForNow(status, body)) throw new SendingFailed("refused", detailOf(body));
    if (turn >= PAUSES.length || wait > LONGEST) throw new SendingFailed(status ? "busy" : "offline", detailOf(body));
    await pause(Math.max(PAUSES[turn], wait), sending.signal);
  }
}

function once({ url, token, fields, blob, progress, signal }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append("file", blob, "photo");
    let isSent = false;
    request.upload.onload = () => { isSent = true; };
    const abort = () => { if (!isSent) request.abort(); }; // what is there already has to be answered to be taken back
    signal.addEventListener("abort", abort, { once: true });
    request.upload.onprogress = (event) => { if (event.lengthComputable) progress(event.loaded / event.total); };
    request.onabort = () => reject(new SendingFailed("cancelled"));
    request.onload = request.onerror = () => {
      signal.removeEventListener("abort", abort);
      const wait = Number(request.getResponseHeader("Retry-After")) || 0;
      resolve({ status: request.status, body: read(request.responseText), wait });
    };
    request.open("POST", url);
    request.setRequestHeader("X-CSRFToken", token());
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Accept-Language", document.documentElement.lang);
    request.send(form);
  });
}

function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {}; // a proxy's page, or nothing
  }
}

function detailOf(body) {
  return body.errors?.[0]?.detail ?? body.detail ?? "";
}

function pause(seconds, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, seconds * 1000);
    signal.addEventListener("abort", () => { clearTimeout(timer); resolve(); }, { once: true });
  });
}
