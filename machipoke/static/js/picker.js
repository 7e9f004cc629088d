// The map of the form: Leaflet over the picture that works without it. The pin fills the two fields of the position.
import { loadOnce } from "./load.js";

const NEAR = 15; // zoom at which a block is large enough to hit a house

const host = document.querySelector("[data-picker]");
if (host) loadOnce(host.dataset.leaflet).then(() => open(host));

function open(host) {
  const form = host.closest("form");
  const canvas = document.createElement("div");
  canvas.className = "canvas";
  host.append(canvas);
  host.classList.add("live");
  const [lat, lng, zoom] = host.dataset.view.split(",").map(Number);
  const moves = !matchMedia("(prefers-reduced-motion: reduce)").matches;
  const map = L.map(canvas, { zoomControl: false, attributionControl: Boolean(host.dataset.tiles), minZoom: 4, maxZoom: 18, zoomAnimation: moves, fadeAnimation: moves, markerZoomAnimation: moves, inertia: moves, scrollWheelZoom: false });
  L.control.zoom({ zoomInTitle: host.dataset.zoomIn, zoomOutTitle: host.dataset.zoomOut }).addTo(map);
  map.attributionControl?.setPrefix(false);
  map.setView([lat, lng], Math.min(zoom, 18));
  if (host.dataset.tiles) L.tileLayer(host.dataset.tiles, { attribution: host.dataset.attribution, maxZoom: 18 }).addTo(map);
  else drawTowns(host, map);

  const fields = [form.elements.latitude, form.elements.longitude];
  let pin = null;
  const put = (place) => {
    if (pin) pin.setLatLng(place);
    else pin = addPin(host, map, place, (moved) => write(moved));
    return place;
  };
  const say = ({ lat, lng }) => {
    form.querySelector("[data-picker-status]").textContent = `${host.dataset.placed}：${lat.toFixed(6)}, ${lng.toFixed(6)}`;
  };
  const write = (place) => {
    const { lat, lng } = put(L.latLng(place)).wrap();
    [lat, lng].forEach((degrees, index) => (fields[index].value = degrees.toFixed(6)));
    say({ lat, lng });
    form.elements.map_view.value = `${lat.toFixed(6)},${lng.toFixed(6)},${Math.round(map.getZoom())}`;
    form.dispatchEvent(new Event("change"));
  };
  const read = (follow) => {
    const place = fields.map((field) => (field.value.trim() ? Number(field.value) : NaN));
    if (!place.every(Number.isFinite) || Math.abs(place[0]) > 85 || Math.abs(place[1]) > 180) return;
    put(L.latLng(place));
    if (!follow) return;
    say(L.latLng(place));
    map.setView(place, Math.max(map.getZoom(), NEAR));
  };
  read(false);
  map.on("click", (event) => write(event.latlng));
  for (const field of fields) field.addEventListener("change", () => read(true));
}

/** A pin that is dragged, or moved by the arrow keys, 10 m a step and 100 m with Shift. */
function addPin(host, map, place, moved) {
  const svg = '<svg viewBox="-12 -34 24 36" aria-hidden="true"><path d="M0 0C-3-8-11-13-11-22a11 11 0 0 1 22 0C11-13 3-8 0 0Z"/></svg>';
  const icon = L.divIcon({ className: "you", html: svg, iconSize: null });
  const pin = L.marker(place, { icon, draggable: true, autoPan: true, keyboard: true, alt: host.dataset.pinLabel }).addTo(map);
  pin.getElement().setAttribute("aria-label", host.dataset.pinLabel);
  pin.on("dragend", () => moved(pin.getLatLng()));
  pin.getElement().addEventListener("keydown", (event) => {
    const step = { ArrowUp: [1, 0], ArrowDown: [-1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const size = event.shiftKey ? 0.0009 : 0.00009;
    const { lat, lng } = pin.getLatLng();
    moved([lat + step[0] * size, lng + step[1] * size]);
    map.panInside(pin.getLatLng(), { padding: [40, 60] });
  });
  return pin;
}

/** Without tiles the server draws the towns and the spots that are there already; a square over the shown part. */
function drawTowns(host, map) {
  let shown = null;
  const draw = () => {
    const { x, y } = map.getSize();
    const side = Math.min(2048, Math.max(64, x, y));
    const middle = map.getCenter();
    const zoom = map.getZoom();
    const centre = map.project(middle, zoom);
    const corner = (sign) => map.unproject(centre.add([(sign * side) / 2, (sign * side) / 2]), zoom);
    const url = `${host.dataset.picture}?view=${middle.lat.toFixed(6)},${middle.lng.toFixed(6)},${zoom}&pixels=${Math.round(side)}`;
    const next = L.imageOverlay(url, [corner(-1), corner(1)]).addTo(map);
    next.on("load", () => { shown?.remove(); shown = next; });
  };
  draw();
  map.on("moveend", draw);
}
