// The photos of a form: a row for each, in order, with its words; and what is known of all of them together.
import { Drag } from "./order.js";
import { Sending } from "./photos_sending.js";

/** The list in the fieldset `host`. A form that is sent while photos are under way waits for them. */
export class Photos {
  constructor(host) {
    this.host = host;
    this.form = host.closest("form");
    this.list = host.querySelector("[data-photo-list]");
    this.status = host.querySelector("[data-photo-status]");
    this.sending = new Set();
    this.submitter = undefined; // of a form that waits for its photos
    this.first = undefined; // the cover that nobody chose
    this.left = []; // the names of files for which there was no room
    this.list.addEventListener("click", (event) => this.press(event));
    this.list.addEventListener("change", ({ target }) => target.name === "cover" && (this.first = undefined));
    this.form.addEventListener("submit", (event) => this.submit(event));
    this.form.addEventListener("draft", (event) => this.restore(event.detail));
    addEventListener("focus", () => this.resume());
    this.offerPlace(host.querySelector("[data-photo-place]"));
    this.number();
  }

  /** The rows of photos that arrived. */
  get rows() {
    return [...this.list.querySelectorAll(":scope > [data-photo]")];
  }

  ids() {
    return this.rows.map((row) => row.dataset.photo).join(",");
  }

  row(id) {
    return this.rows.find((row) => row.dataset.photo === id);
  }

  say(word, values = {}) {
    this.status.textContent = Object.entries(values).reduce((text, [name, value]) => text.replace(`{${name}}`, value), this.status.dataset[word]);
  }

  word(name) {
    return this.host.querySelector("[data-photo-words]").content.querySelector(`[data-${name}]`).textContent;
  }

  /** Whether one more may be sent. */
  get hasRoom() {
    return this.list.querySelectorAll(":scope > :not([data-failed])").length < Number(this.host.dataset.most);
  }

  add(files) {
    this.left = [];
    for (const file of files) {
      if (!this.hasRoom) {
        this.left.push(file.name);
        continue;
      }
      const sending = new Sending(this, file);
      this.sending.add(sending);
      sending.start();
    }
    this.tell();
  }

  arrived(sending, answer) {
    this.sending.delete(sending);
    if (this.row(answer.id)) {
      sending.element.remove();
      this.say("again", { name: sending.file.name });
    } else {
      const row = this.made(answer.id);
      if (sending.preview) row.querySelector("[data-thumbnail]").append(sending.preview);
      sending.element.replaceWith(row);
      if (answer.suggested_place) this.suggest({ lat: answer.suggested_place.latitude, lng: answer.suggested_place.longitude });
    }
    this.settle();
  }

  /** What to say and do once nothing is under way any more. */
  settle() {
    this.number();
    this.form.dispatchEvent(new Event("change"));
    if (this.submitter === undefined || this.open.length) return this.tell();
    const submitter = this.submitter;
    this.submitter = undefined;
    if (this.sending.size) this.stay();
    else this.form.requestSubmit(submitter);
    return undefined;
  }

  /** The form is not sent without a photo that did not arrive: it is sent again or closed first. */
  stay() {
    this.say("failed");
    [...this.sending].find((sending) => sending.failed).element.focus();
  }

  /** Those that are under way. */
  get open() {
    return [...this.sending].filter((sending) => !sending.failed);
  }

  tell() {
    if (this.left.length) this.say("full", { name: new Intl.ListFormat(document.documentElement.lang).format(this.left) });
    else if (this.open.length) this.say("sending", { count: this.open.length });
    else if (this.sending.size) this.say("failed");
    else this.say("sent", { count: this.rows.length });
  }

  submit(event) {
    if (!this.sending.size) return;
    event.preventDefault();
    if (!this.open.length) return this.stay();
    this.submitter = event.submitter;
    this.say("waits");
  }

  made(id) {
    const template = this.host.querySelector("template[data-photo-row]");
    const row = template.content.firstElementChild.cloneNode(true);
    for (const part of [row, ...row.querySelectorAll("*")]) {
      for (const { name, value } of [...part.attributes]) if (value.includes("__id__")) part.setAttribute(name, value.replace("__id__", id));
    }
    row.querySelector("[name=photo]").value = id;
    return row;
  }

  /** Places as they are now; the handle to drag by; until somebody chooses a cover the first photo is it, whichever arrived first. */
  number() {
    this.rows.forEach((row, at) => {
      for (const part of row.querySelectorAll("[data-place]")) part.textContent = at + 1;
      const handle = row.querySelector("[data-handle]");
      if (!handle.hidden) return;
      handle.hidden = false;
      handle.addEventListener("pointerdown", (event) => this.grasp(event, row));
    });
    const covers = [...this.list.querySelectorAll("[name=cover]")];
    const checked = covers.find((cover) => cover.checked);
    if (!covers.length || (checked && checked.value !== this.first)) return;
    covers[0].checked = true;
    this.first = covers[0].value;
  }

  press(event) {
    const button = event.target.closest("button[data-step], button[data-remove]");
    const row = button?.closest("[data-photo]");
    if (!row) return;
    if ("remove" in button.dataset) {
      if (!("new" in row.dataset)) return; // taken away by the server, which offers to undo it
      event.preventDefault();
      this.forget(row.dataset.photo);
      const next = row.nextElementSibling ?? row.previousElementSibling;
      row.remove();
      (next?.querySelector("button") ?? this.host.querySelector("[name=files]")).focus();
      this.settle();
      return;
    }
    event.preventDefault();
    if (this.exchange(row, Number(button.dataset.step))) this.moved(row);
    button.focus();
  }

  exchange(row, step) {
    const rows = this.rows;
    const other = rows[rows.indexOf(row) + step];
    if (!other) return false;
    if (step < 0) row.after(other);
    else row.before(other);
    return true;
  }

  moved(row) {
    this.number();
    this.say("moved", { place: this.rows.indexOf(row) + 1 });
    this.form.dispatchEvent(new Event("change"));
  }

  grasp(event, row) {
    if (event.button !== 0) return;
    event.preventDefault();
    row.dataset.dragged = "";
    new Drag(this, row, event).done.then(() => {
      delete row.dataset.dragged;
      row.style.transform = "";
      this.moved(row);
    });
  }

  /** A photo that was sent and is not wanted, unless it was posted meanwhile; it would be forgotten in a day by itself. */
  forget(id) {
    const headers = { "X-CSRFToken": this.token(), Accept: "application/json", "Content-Type": "application/json" };
    const body = JSON.stringify({ only_waiting: true });
    fetch(`${this.host.dataset.upload}${id}/`, { method: "DELETE", headers, body }).catch(() => null);
  }

  /** One that was put away and arrived all the same; it may be the same photo as one that stays. */
  unwanted(id) {
    if (!this.row(id)) this.forget(id);
  }

  token() {
    return this.form.elements.csrfmiddlewaretoken.value;
  }

  /** After a sign-in on another page: the same person's new token. Whether it was found. */
  async renewToken() {
    const answer = await fetch(location.pathname, { headers: { Accept: "text/html" }, redirect: "follow" }).catch(() => null);
    if (!answer?.ok || new URL(answer.url).pathname !== location.pathname) return false;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const form = page.querySelector("[data-photos]")?.closest("form");
    if (form?.elements.writer?.value !== this.form.elements.writer?.value) return false;
    this.form.elements.csrfmiddlewaretoken.value = form.elements.csrfmiddlewaretoken.value;
    return true;
  }

  async resume() {
    const waiting = [...this.sending].filter((sending) => sending.failed === "signed-out");
    if (waiting.length && (await this.renewToken())) for (const sending of waiting) sending.again();
  }

  offerPlace(notice) {
    notice?.querySelector("button").addEventListener("click", (event) => {
      event.preventDefault();
      const place = event.currentTarget.value.replace("place:", "").split(",");
      ["latitude", "longitude"].forEach((name, at) => {
        const field = this.form.elements[name];
        field.value = Number(place[at]).toFixed(6);
        field.dispatchEvent(new Event("change", { bubbles: true }));
      });
      notice.hidden = true;
      notice.querySelector("[name=photo_place]")?.remove();
      document.querySelector("#place")?.scrollIntoView();
    });
  }

  suggest({ lat, lng }) {
    const notice = this.host.querySelector("[data-photo-place]");
    if (!notice || !notice.hidden || this.form.elements.latitude.value.trim()) return;
    notice.querySelector("button").value = `place:${lat.toFixed(6)},${lng.toFixed(6)}`;
    notice.hidden = false;
  }

  /** What this device kept: the photos in their order; one that is gone by now is told. */
  restore(fields) {
    const of = (name) => fields.filter(([field]) => field === name).map(([, value]) => value);
    this.host.dataset.gallery = of("gallery")[0] ?? this.host.dataset.gallery;
    for (const id of of("photo")) {
      const row = this.row(id) ?? this.made(id);
      this.list.append(row);
      if (!row.querySelector("img")) this.picture(row, id);
    }
    const cover = this.row(of("cover")[0])?.querySelector("[name=cover]");
    if (cover) cover.checked = true;
    this.number();
  }

  picture(row, id) {
    const sources = ["jpg", "webp"].map((kind) => `/images/spots/${this.host.dataset.gallery}/${id}.${kind}?w=320&h=320&format=webp`);
    const image = Object.assign(document.createElement("img"), { alt: "", width: 88, height: 88 });
    image.onerror = () => {
      if (sources.length) image.src = sources.shift();
      else {
        row.remove();
        this.number();
        this.say("gone");
      }
    };
    image.src = sources.shift();
    row.querySelector("[data-thumbnail]").append(image);
  }
}
