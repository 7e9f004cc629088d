// Sharing a page: the system's sheet where there is one, else the address on the clipboard, else a word about it.
import { copy } from "./copy.js";

/** Show the share buttons and bind them. */
export function offerSharing(root) {
  for (const button of root.querySelectorAll("[data-share]")) {
    button.hidden = false;
    button.addEventListener("click", () => share(button));
  }
}

async function share(button) {
  const page = { title: document.title, url: document.querySelector("link[rel=canonical]")?.href ?? location.href };
  if (navigator.share) {
    await navigator.share(page).catch((error) => { if (error.name !== "AbortError") throw error; });
    return;
  }
  const copied = await copy(page.url);
  const isJapanese = document.documentElement.lang === "ja";
  const label = button.querySelector("span");
  label.setAttribute("aria-live", "polite");
  if (copied) label.textContent = isJapanese ? "コピーしました" : "Copied";
  else label.textContent = isJapanese ? "アドレス欄の URL をお使いください" : "Use the address bar's URL";
}
