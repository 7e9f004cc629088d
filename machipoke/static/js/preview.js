// A pin's spot before one goes there: its picture and name at the map's lower edge. The pin itself stays a plain link.

/** The card of a map, empty at first: `show(mark)`, `hide()`, and whether it shows a mark. */
export function previewOf(host) {
  const card = document.createElement("a");
  card.className = "preview";
  card.hidden = true;
  host.append(card);
  let shown = null;
  return {
    shows: (mark) => shown === mark.key,
    hide() {
      shown = null;
      card.hidden = true;
    },
    show(mark) {
      if (shown === mark.key) return;
      shown = mark.key;
      card.href = `${host.dataset.prefix}/spots/${mark.spot.id}/`;
      card.dataset.category = mark.spot.category;
      card.replaceChildren(coverOf(mark.spot), nameOf(mark.spot));
      card.hidden = false;
    },
  };
}

function coverOf(spot) {
  const cover = document.createElement("span");
  cover.className = "cover";
  if (spot.image) {
    const image = new Image(spot.image.width, spot.image.height);
    image.alt = spot.image.alt;
    // A picture that does not come leaves the coloured paper, not a broken one.
    image.addEventListener("error", () => image.remove());
    image.src = sameHost(spot.image.url);
    cover.append(image);
  } else {
    const stamp = document.createElement("span");
    stamp.className = "stamp";
    stamp.textContent = spot.icon;
    stamp.setAttribute("aria-hidden", "true");
    cover.append(stamp);
  }
  return cover;
}

/** The API names the site's public address; a page opened at another one may load pictures from its own alone. */
function sameHost(address) {
  const url = new URL(address);
  return url.pathname.startsWith("/images/") && document.querySelector("link[rel=canonical]")?.href.startsWith(url.origin) ? `${url.pathname}${url.search}` : address;
}

function nameOf(spot) {
  const name = document.createElement("strong");
  name.textContent = spot.name;
  return name;
}
