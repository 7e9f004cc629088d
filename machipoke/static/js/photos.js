// Photos in a form: chosen, dropped, pasted or taken, shown at once, made smaller, sent one by one, and put in order.
// Each becomes a row of the form, as the server writes them, and is posted with it like those of a plain form.
import { Photos } from "./photos_list.js";

const host = document.querySelector("[data-photos]");
if (host) bind(host);

function bind(host) {
  const photos = new Photos(host);
  const input = host.querySelector("[name=files]");
  const take = host.querySelector("[data-photo-take]");
  for (const part of host.querySelectorAll("[data-photo-live]")) part.hidden = false;
  host.querySelector("[data-photo-plain]").hidden = true;
  input.addEventListener("change", () => { photos.add(input.files); input.value = ""; });
  if (matchMedia("(pointer: coarse)").matches) {
    take.hidden = false;
    const camera = Object.assign(document.createElement("input"), { type: "file", accept: "image/*" });
    camera.setAttribute("capture", "environment");
    camera.addEventListener("change", () => photos.add(camera.files));
    take.addEventListener("click", () => { camera.value = ""; camera.click(); });
  }
  const drop = host.querySelector("[data-photo-drop]");
  const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragover", (event) => { if (holdsFiles(event)) { event.preventDefault(); drop.dataset.over = ""; } });
  addEventListener("dragleave", (event) => { if (!event.relatedTarget) delete drop.dataset.over; });
  addEventListener("drop", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    delete drop.dataset.over;
    photos.add(event.dataTransfer.files);
  });
  addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])].filter((file) => file.type.startsWith("image/"));
    if (!files.length || event.clipboardData.types.includes("text/plain")) return; // words with a picture of them
    event.preventDefault();
    photos.add(files);
  });
}
