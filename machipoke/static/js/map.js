// The results' map: Leaflet over the drawn one, with the spots of the list and clusters of the whole answer.
import { loadOnce } from "./load.js";
import { fetchMarks } from "./marks.js";
import { previewOf } from "./preview.js";

const MOVED = 8; // px: less is the screen changing its size, not a person moving the map

const element = document.querySelector("[data-map]");
if (element) loadOnce(element.dataset.leaflet).then(() => open(element));

function open(host) {
  const canvas = document.createElement("div");
  canvas.className = "leaflet";
  host.append(canvas);
  // Tiles are sharp at whole zooms only; without them the map may fill its frame.
  const zoomSnap = host.dataset.tiles ? 1 : 0.25;
  const moves = !matchMedia("(prefers-reduced-motion: reduce)").matches;
  const map = L.map(canvas, { zoomControl: false, attributionControl: Boolean(host.dataset.tiles), maxZoom: 18, minZoom: 2, worldCopyJump: true, zoomSnap, zoomAnimation: moves, fadeAnimation: moves, markerZoomAnimation: moves, inertia: moves });
  L.control.zoom({ zoomInTitle: host.dataset.zoomIn, zoomOutTitle: host.dataset.zoomOut }).addTo(map);
  map.attributionControl?.setPrefix(false);
  const asked = askedBox();
  const [west, south, east, north] = asked ?? host.dataset.bounds.split(",").map(Number);
  map.fitBounds([[south, west], [north, east]], { animate: false });
  if (host.dataset.tiles) L.tileLayer(host.dataset.tiles, { attribution: host.dataset.attribution, maxZoom: 18 }).addTo(map);
  const towns = host.dataset.tiles ? [] : showTowns(map);

  const shown = new Map();
  const preview = previewOf(host);
  map.on("click movestart", preview.hide);
  const refresh = async () => {
    const marks = await fetchMarks(host, map, asked);
    if (!marks) return;
    show(host, map, shown, marks, preview);
    for (const town of towns) town.getElement().hidden = isCovered(map, town, marks);
    const focused = host.querySelector(".drawn a:focus");
    host.classList.add("live");
    if (focused) (shown.get(focused.dataset.spot)?.getElement() ?? canvas).focus({ preventScroll: true });
  };
  refresh();
  const start = { center: map.getCenter(), zoom: map.getZoom() };
  map.on("moveend", () => {
    refresh();
    const isElsewhere = map.getZoom() !== start.zoom || map.latLngToLayerPoint(start.center).distanceTo(map.latLngToLayerPoint(map.getCenter())) > MOVED;
    if (isElsewhere) offerSearchHere(host, map);
  });
  followList(shown);
}

/** The box of the page's own question, unless it crosses the date line: then the server's drawing decides. */
function askedBox() {
  const box = new URLSearchParams(location.search).get("bbox")?.split(",").map(Number);
  return box?.length === 4 && box.every(Number.isFinite) && box[0] <= box[2] ? box : null;
}

function showTowns(map) {
  map.createPane("towns");
  return JSON.parse(document.getElementById("map-labels").textContent).map((town) => {
    const icon = L.divIcon({ className: "place", html: "", iconSize: null });
    const marker = L.marker([town.lat, town.lng], { icon, pane: "towns", interactive: false, keyboard: false }).addTo(map);
    marker.getElement().textContent = town.name;
    marker.getElement().setAttribute("aria-hidden", "true");
    return marker;
  });
}

function isCovered(map, town, marks) {
  const name = map.latLngToLayerPoint(town.getLatLng());
  return marks.some((mark) => {
    const pin = map.latLngToLayerPoint([mark.lat, mark.lng]);
    return Math.abs(pin.x - name.x) < 48 && Math.abs(pin.y - name.y) < 32;
  });
}

/** Put the marks on the map; one that stays keeps its element, and with it the focus. */
function show(host, map, shown, marks, preview) {
  const focused = [...shown.values()].some((marker) => marker.getElement() === document.activeElement);
  const wanted = new Set(marks.map((mark) => mark.key));
  for (const [key, marker] of shown) {
    if (wanted.has(key)) continue;
    marker.remove();
    shown.delete(key);
  }
  for (const mark of marks) {
    if (!shown.has(mark.key)) shown.set(mark.key, toMarker(host, map, mark, preview).addTo(map));
  }
  const isLost = focused && document.activeElement === document.body;
  if (isLost) (shown.values().next().value?.getElement() ?? map.getContainer()).focus({ preventScroll: true });
}

function toMarker(host, map, mark, preview) {
  const size = mark.count >= 100 ? "pin cluster many" : mark.spot ? "pin" : "pin cluster";
  const icon = new (linkIcon())({ className: size, iconSize: null });
  const marker = L.marker([mark.lat, mark.lng], { icon, keyboard: false, riseOnHover: true });
  marker.on("add", () => {
    const pin = marker.getElement();
    pin.textContent = mark.spot ? mark.spot.icon ?? "" : mark.count;
    pin.setAttribute("aria-label", mark.spot ? mark.spot.name : `${mark.count} ${host.dataset.clusterLabel}`);
    pin.href = mark.spot ? `${host.dataset.prefix}/spots/${mark.spot.id}/` : listOf(host, mark.bbox);
    if (mark.spot) Object.assign(pin.dataset, { category: mark.spot.category, spot: mark.spot.id });
    if (mark.spot) announce(pin, mark, preview);
    pin.addEventListener("click", (event) => {
      if (map.dragging.moved()) event.preventDefault();
      if (mark.spot || event.ctrlKey || event.metaKey || event.shiftKey || map.getZoom() >= map.getMaxZoom()) return;
      event.preventDefault();
      spread(map, mark.bbox);
    });
  });
  return marker;
}

/** Show what the pin is of: under the pointer, with the focus, and at a finger's first touch, which has neither. */
function announce(pin, mark, preview) {
  pin.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && preview.show(mark));
  pin.addEventListener("focus", () => pin.matches(":focus-visible") && preview.show(mark));
  pin.addEventListener("click", (event) => {
    if (event.pointerType !== "touch" || preview.shows(mark)) return;
    event.preventDefault();
    event.stopPropagation();
    preview.show(mark);
  });
}

/** Zoom in until the box fills the map; always nearer, never more than two steps below a town's size. */
function spread(map, [west, south, east, north]) {
  const box = L.latLngBounds([south, west], [north, east]);
  const zoom = map.getZoom();
  const fitting = Math.min(map.getBoundsZoom(box, false, L.point(80, 80)), Math.max(zoom + 2, 12));
  map.setView(box.getCenter(), Math.min(map.getMaxZoom(), Math.max(zoom + 1, fitting)));
}

/** An icon that is a link, so that a pin opens like any other: by key, by finger, in a new tab. */
function linkIcon() {
  return L.DivIcon.extend({
    createIcon() {
      const link = document.createElement("a");
      this._setIconStyles(link, "icon");
      return link;
    },
  });
}

function listOf(host, [west, south, east, north]) {
  const query = new URLSearchParams(host.dataset.query);
  for (const name of ["near", "radius_km", "municipality"]) query.delete(name);
  const limit = (n, most) => Math.max(-most, Math.min(most, n)).toFixed(5);
  query.set("bbox", [limit(west, 180), limit(south, 85), limit(east, 180), limit(north, 85)].join(","));
  return `${host.dataset.prefix}/spots/?${query}`;
}

function offerSearchHere(host, map) {
  const link = host.querySelector("[data-again]");
  const bounds = map.getBounds();
  link.href = listOf(host, [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()]);
  link.hidden = false;
}

function followList(shown) {
  const setCurrent = (id, on) => {
    const pin = shown.get(id)?.getElement();
    if (on) pin?.setAttribute("aria-current", "true");
    else pin?.removeAttribute("aria-current");
  };
  for (const row of document.querySelectorAll(".rows [data-spot]")) {
    for (const [type, on] of [["pointerenter", true], ["focusin", true], ["pointerleave", false], ["focusout", false]]) {
      row.addEventListener(type, () => setCurrent(row.dataset.spot, on));
    }
  }
}
