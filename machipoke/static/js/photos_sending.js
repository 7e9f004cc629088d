// A photo on its way: its row with preview and progress, and what can be done when it does not arrive.
import { placeOf } from "./photos_place.js";
import { send } from "./photos_send.js";
import { shrink } from "./photos_shrink.js";

/** One file in the list `photos`, until it arrived or was put away. */
export class Sending {
  constructor(photos, file) {
    Object.assign(this, { photos, file, clientId: uuid(), blob: null, preview: null });
    const template = photos.host.querySelector("template[data-photo-sending]");
    this.element = template.content.firstElementChild.cloneNode(true);
    this.part = (name) => this.element.querySelector(`[data-${name}]`);
    this.part("name").textContent = file.name;
    this.part("cancel").addEventListener("click", () => this.cancel());
    this.part("retry").addEventListener("click", async () => {
      if (this.failed === "signed-out") await photos.renewToken();
      this.again();
    });
    photos.list.append(this.element);
  }

  /** Once more, if others did not take its place meanwhile. */
  again() {
    if (this.photos.hasRoom) this.start();
    else this.photos.say("full", { name: this.file.name });
  }

  async start() {
    this.show("");
    this.stop = new AbortController();
    try {
      if (!this.blob) await this.prepare();
      const fields = { gallery: this.photos.host.dataset.gallery, client_id: this.clientId };
      const progress = (share) => { this.element.querySelector("progress").value = Math.round(share * 100); };
      const token = () => this.photos.token();
      const answer = await send({ url: this.photos.host.dataset.upload, token, fields, blob: this.blob, progress, signal: this.stop.signal });
      if (this.stop.signal.aborted) this.photos.unwanted(answer.id);
      else this.photos.arrived(this, answer);
    } catch (failure) {
      await this.fail(failure);
    }
  }

  async prepare() {
    const [place, { blob, preview }] = await Promise.all([placeOf(this.file), shrink(this.file)]);
    Object.assign(this, { blob, preview });
    if (preview) this.part("thumbnail").append(preview);
    if (place) this.photos.suggest(place);
  }

  async fail({ kind = "offline", detail = "" }) {
    if (kind === "cancelled") return;
    if (kind === "signed-out" && (await this.photos.renewToken())) {
      if (!this.isRenewed) {
        this.isRenewed = true; // the form's token was that of an earlier sign-in
        this.start();
        return;
      }
      kind = "refused"; // signed in, and yet may not
    }
    this.isRenewed = false;
    const own = { "signed-out": "signed-out", offline: "offline" }[kind];
    this.show(kind, (!own && detail) || this.photos.word(own ?? (kind === "busy" ? "offline" : "unreadable")));
    this.photos.settle();
  }

  show(failed, text = "") {
    this.failed = failed;
    this.element.toggleAttribute("data-failed", Boolean(failed));
    this.element.querySelector("progress").hidden = Boolean(failed);
    this.part("error").hidden = !failed;
    this.part("error").textContent = text;
    this.part("retry").hidden = !failed || failed === "refused";
    this.part("sign-in").hidden = failed !== "signed-out";
    const cancel = this.part("cancel");
    cancel.dataset.stop ??= cancel.textContent;
    cancel.textContent = failed ? cancel.dataset.close : cancel.dataset.stop;
  }

  cancel() {
    this.stop?.abort();
    this.photos.sending.delete(this);
    if (!this.failed) this.photos.forget(this.clientId);
    this.element.remove();
    this.photos.host.querySelector("[name=files]").focus();
    this.photos.settle();
  }
}

/** A random id; `crypto.randomUUID` is there on https alone. */
function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
