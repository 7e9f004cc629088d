// What is typed into a long form stays on this device until it is posted: a closed tab or an empty battery loses nothing.

const REST = 600; // ms without typing
const KEPT_DAYS = 30;
const UNKEPT = new Set(["csrfmiddlewaretoken", "form_token", "writer", "state", "version", "another", "photo_place", "refused_name", "refused_reason"]);
const PHOTOS = new Set(["photo", "cover"]); // rows that photos.js makes again

/** Keep the form's fields, offer what an earlier visit left, and forget what was posted. */
export function keepDrafts(root) {
  forgetPosted(root);
  const form = root.querySelector("form[data-draft]");
  if (!form) return;
  const key = `draft:${form.dataset.draft}:${location.pathname.replace(/^\/en(?=\/)/, "")}`;
  const state = form.querySelector("[data-draft-state]");
  const isFresh = "fresh" in form.dataset;
  const left = isFresh ? null : read(key);
  const before = serialised(form);
  if (left && JSON.stringify(left.fields) !== JSON.stringify(before)) offer(form, key, left);

  let timer = 0;
  const save = () => {
    write(key, { fields: serialised(form), token: form.elements.form_token?.value, version: form.elements.version?.value, at: Date.now() });
    state.textContent = `${form.dataset.draftLabel} ${clock(new Date())}`;
  };
  for (const type of ["input", "change"]) {
    form.addEventListener(type, () => {
      clearTimeout(timer);
      timer = setTimeout(save, REST);
    });
  }
  form.addEventListener("submit", () => { clearTimeout(timer); save(); });
}

function offer(form, key, left) {
  const isJapanese = document.documentElement.lang === "ja";
  const notice = document.createElement("div");
  notice.className = "notice";
  notice.setAttribute("role", "status");
  const text = document.createElement("p");
  const when = new Date(left.at);
  const day = when.toLocaleDateString(isJapanese ? "ja" : "en");
  text.textContent = isJapanese ? `この端末に書きかけがあります（${day} ${clock(when)}）。` : `This device kept what you began (${day} ${clock(when)}).`;
  const actions = document.createElement("p");
  actions.className = "cluster-x";
  const button = (label, act) => {
    const made = Object.assign(document.createElement("button"), { type: "button", className: "button", textContent: label });
    made.addEventListener("click", () => { act(); notice.remove(); form.elements.name?.focus(); });
    actions.append(made);
  };
  button(isJapanese ? "続きを書く" : "Go on", () => fill(form, left.fields));
  button(isJapanese ? "捨てる" : "Discard", () => localStorage.removeItem(key));
  const body = document.createElement("div");
  body.append(text, actions);
  notice.append(body);
  form.before(notice);
}

function serialised(form) {
  return [...new FormData(form)].filter(([name, value]) => !UNKEPT.has(name) && typeof value === "string");
}

function fill(form, fields) {
  form.dispatchEvent(new CustomEvent("draft", { detail: fields }));
  for (const [name, value] of fields) {
    if (PHOTOS.has(name)) continue;
    const field = form.elements.namedItem(name);
    if (!field) continue;
    field.value = value; // of a group of radio buttons this checks the one with the value
    const one = field instanceof RadioNodeList ? field[0] : field;
    one.dispatchEvent(new Event("change", { bubbles: true }));
    if (value) one.closest("details")?.setAttribute("open", "");
  }
}

/** The page after a success names the form's token; its text need not stay. What is old goes too. */
function forgetPosted(root) {
  const posted = new Set([...root.querySelectorAll("[data-posted]")].map((notice) => notice.dataset.posted));
  const oldest = Date.now() - KEPT_DAYS * 86400000;
  for (const key of keys()) {
    const left = read(key);
    if (!left || posted.has(left.token) || left.at < oldest) localStorage.removeItem(key);
  }
}

function keys() {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith("draft:"));
  } catch {
    return []; // the person allows no storage: the form works without
  }
}

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null; // not ours, or no storage
  }
}

function write(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // full or forbidden: the form works without
  }
}

function clock(time) {
  return `${time.getHours()}:${String(time.getMinutes()).padStart(2, "0")}`;
}
