// "Where I am", only on request: a button that leads to what is near, and one that fills a form's position.

/** Show the buttons and bind them. */
export function offerPosition(root) {
  if (!("geolocation" in navigator)) return;
  for (const button of root.querySelectorAll("[data-here]")) {
    bind(button, ({ latitude, longitude }) => {
      location.assign(`${button.dataset.here}?near=${latitude.toFixed(5)},${longitude.toFixed(5)}`);
    });
  }
  for (const button of root.querySelectorAll("[data-fill-here]")) {
    const form = button.closest("form");
    bind(button, ({ latitude, longitude }) => {
      form.elements.latitude.value = latitude.toFixed(6);
      form.elements.longitude.value = longitude.toFixed(6);
      form.elements.longitude.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
}

function bind(button, use) {
  const status = button.parentElement.querySelector("[data-here-status]");
  const say = (text) => { if (status) status.textContent = text; };
  button.hidden = false;
  button.addEventListener("click", () => {
    button.disabled = true;
    say("…");
    navigator.geolocation.getCurrentPosition(
      (position) => { button.disabled = false; say(""); use(position.coords); },
      () => { button.disabled = false; say(document.documentElement.lang === "ja" ? "位置を使えませんでした。市町村からもさがせます。" : "Your position is not available. You can browse by area."); },
      { timeout: 10000, maximumAge: 60000 },
    );
  });
}
