// Sharing a page: the system's sheet where there is one, else the address on the clipboard.

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
  await navigator.clipboard.writeText(page.url);
  button.querySelector("span").textContent = document.documentElement.lang === "ja" ? "コピーしました" : "Copied";
}
