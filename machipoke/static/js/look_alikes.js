// While a spot is being written: spots with a like name within 100 m, before anything is sent.

const REST = 500; // ms without typing

/** Ask for look-alikes when name and pin are there, and show them under the name. */
export function warnOfLookAlikes(root) {
  const notice = root.querySelector("[data-look-alikes]");
  if (!notice) return;
  const form = notice.closest("form");
  let timer = 0;
  let running = null;
  const look = async () => {
    running?.abort();
    running = new AbortController();
    const [name, lat, lng] = ["name", "latitude", "longitude"].map((field) => form.elements[field].value.trim());
    if (!name || !lat || !lng) return show(notice, []);
    try {
      const query = new URLSearchParams({ name, lat, lng });
      const response = await fetch(`${notice.dataset.lookAlikes}?${query}`, { signal: running.signal });
      show(notice, response.ok ? (await response.json()).results : []);
    } catch {
      // a newer question overtook this one, or the line is down: the server looks again before it stores
    }
  };
  for (const type of ["input", "change"]) {
    form.addEventListener(type, (event) => {
      if (event.target !== form && !["name", "latitude", "longitude"].includes(event.target.name)) return;
      clearTimeout(timer);
      timer = setTimeout(look, REST);
    });
  }
}

function show(notice, spots) {
  const list = notice.querySelector("ul");
  list.replaceChildren(...spots.map((spot) => {
    const link = Object.assign(document.createElement("a"), { href: `${notice.dataset.prefix}/spots/${spot.id}/`, target: "_blank", rel: "noopener", textContent: spot.name });
    const away = Object.assign(document.createElement("span"), { className: "meta num", textContent: ` ${Math.max(10, Math.round(spot.distance_km * 100) * 10)} m` });
    const row = document.createElement("li");
    row.append(link, away);
    return row;
  }));
  notice.hidden = spots.length === 0;
}
