// The map of a spot's walks: Leaflet over the drawn one, with the same lines, to be moved and enlarged.
import { loadOnce } from "./load.js";

const host = document.querySelector("[data-walk]");
if (host) loadOnce(host.dataset.leaflet).then(() => open(host));

function open(host) {
  const { lines, places, spot } = JSON.parse(document.getElementById("walks").textContent);
  const canvas = document.createElement("div");
  canvas.className = "leaflet";
  host.append(canvas);
  const moves = !matchMedia("(prefers-reduced-motion: reduce)").matches;
  // One finger scrolls the page past the map; the buttons and two fingers are the map's.
  const map = L.map(canvas, { zoomControl: false, attributionControl: Boolean(host.dataset.tiles), maxZoom: 18, minZoom: 2, scrollWheelZoom: false, dragging: !L.Browser.mobile, zoomAnimation: moves, fadeAnimation: moves, inertia: moves });
  L.control.zoom({ zoomInTitle: host.dataset.zoomIn, zoomOutTitle: host.dataset.zoomOut }).addTo(map);
  map.attributionControl?.setPrefix(false);
  map.fitBounds(L.latLngBounds([spot, ...lines.flat(), ...places]), { padding: [32, 32], maxZoom: 16, animate: false });
  if (host.dataset.tiles) L.tileLayer(host.dataset.tiles, { attribution: host.dataset.attribution, maxZoom: 18 }).addTo(map);
  for (const line of lines) L.polyline(line, { className: "way", interactive: false }).addTo(map);
  for (const place of places) {
    const stop = L.circleMarker(place, { className: "stop", radius: 6 }).addTo(map);
    if (place.name) stop.bindTooltip(textOf(place.name));
  }
  const mark = host.querySelector(".mark");
  const pin = L.marker(spot, { icon: L.divIcon({ className: "pin", html: "", iconSize: null }), interactive: false, keyboard: false }).addTo(map);
  pin.getElement().textContent = mark.textContent;
  pin.getElement().dataset.category = mark.dataset.category;
  host.classList.add("live");
}

/** Typed text as an element: given a string, Leaflet would take it for HTML. */
function textOf(text) {
  const element = document.createElement("span");
  element.textContent = text;
  return element;
}
