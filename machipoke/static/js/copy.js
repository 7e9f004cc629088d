// Copying a text that is on the page, where the browser lets us; without, it can be selected there.

/** Show the copy buttons and bind them: `data-copy` is the id of the element with the text. */
export function offerCopying(root) {
  for (const button of root.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", () => copyFor(button));
  }
}

async function copyFor(button) {
  const source = document.getElementById(button.dataset.copy);
  const copied = await copy(source.textContent.trim());
  if (!copied) getSelection().selectAllChildren(source);
  const isJapanese = document.documentElement.lang === "ja";
  const label = button.querySelector("span");
  label.setAttribute("aria-live", "polite");
  if (copied) label.textContent = isJapanese ? "コピーしました" : "Copied";
  else label.textContent = isJapanese ? "選びました。コピーしてください" : "Selected: please copy it";
}

/** Whether the text is on the clipboard; without https or leave there is none. */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
