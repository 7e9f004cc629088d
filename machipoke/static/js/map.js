// The results' map: Leaflet over the drawn one, with the spots of the list and clusters of the whole answer.
import { fetchMarks } from "./marks.js";

const element = document.querySelector("[data-map]");
if (element) load(element.dataset.leaflet).then(() => open(element));

function load(url) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = url;
    script.onload = resolve;
    script.onerror = reject;
    document.head.append(script);
  });
}

function open(host) {
  const canvas = document.createElement("div");
  canvas.className = "leaflet";
  host.append(canvas);
  const map = L.map(canvas, { zoomControl: false, attributionControl: Boolean(host.dataset.tiles), maxZoom: 18, minZoom: 2, worldCopyJump: true });
  L.control.zoom({ zoomInTitle: host.dataset.zoomIn, zoomOutTitle: host.dataset.zoomOut }).addTo(map);
  map.attributionControl?.setPrefix(false);
  const [west, south, east, north] = host.dataset.bounds.split(",").map(Number);
  map.fitBounds([[south, west], [north, east]], { animate: false });
  if (host.dataset.tiles) L.tileLayer(host.dataset.tiles, { attribution: host.dataset.attribution, maxZoom: 18 }).addTo(map);
  else showTowns(map);

  const marks = L.layerGroup().addTo(map);
  const refresh = async () => {
    const features = await fetchMarks(host, map);
    if (!features) return;
    host.classList.add("live");
    marks.clearLayers();
    for (const feature of features) marks.addLayer(toMarker(host, map, feature));
  };
  refresh();
  map.on("moveend", () => {
    refresh();
    offerSearchHere(host, map);
  });
  followList(host, marks);
}

function showTowns(map) {
  for (const town of JSON.parse(document.getElementById("map-labels").textContent)) {
    const icon = L.divIcon({ className: "place", html: "", iconSize: null });
    const marker = L.marker([town.lat, town.lng], { icon, interactive: false, keyboard: false }).addTo(map);
    marker.getElement().textContent = town.name;
    marker.getElement().setAttribute("aria-hidden", "true");
  }
}

function toMarker(host, map, feature) {
  const [lng, lat] = feature.geometry.coordinates;
  const facts = feature.properties;
  const isCluster = facts.count > 1;
  const classes = isCluster ? `pin cluster${facts.count >= 100 ? " many" : ""}` : "pin";
  const icon = L.divIcon({ className: classes, html: "", iconSize: null });
  const marker = L.marker([lat, lng], { icon, keyboard: true, riseOnHover: true });
  marker.on("add", () => {
    const pin = marker.getElement();
    pin.textContent = isCluster ? facts.count : facts.icon ?? "";
    pin.setAttribute("role", "link");
    pin.setAttribute("aria-label", isCluster ? `${facts.count} ${host.dataset.clusterLabel}` : facts.name);
    if (!isCluster) {
      pin.dataset.category = facts.category;
      pin.dataset.spot = facts.id;
    }
  });
  const follow = () => {
    if (!isCluster) location.assign(`${host.dataset.prefix}/spots/${facts.id}/`);
    else if (feature.bbox) map.fitBounds([[feature.bbox[1], feature.bbox[0]], [feature.bbox[3], feature.bbox[2]]], { maxZoom: Math.max(map.getZoom() + 2, 12), padding: [40, 40] });
    else map.setView([lat, lng], map.getZoom() + 2);
  };
  marker.on("click", follow);
  marker.on("keypress", (event) => { if (event.originalEvent.key === "Enter") follow(); });
  return marker;
}

function offerSearchHere(host, map) {
  const link = host.querySelector("[data-again]");
  const bounds = map.getBounds();
  const query = new URLSearchParams(host.dataset.query);
  for (const name of ["near", "radius_km", "municipality", "page"]) query.delete(name);
  const wrap = (lng) => Math.max(-180, Math.min(180, lng)).toFixed(5);
  query.set("bbox", [wrap(bounds.getWest()), Math.max(-85, bounds.getSouth()).toFixed(5), wrap(bounds.getEast()), Math.min(85, bounds.getNorth()).toFixed(5)].join(","));
  link.href = `${host.dataset.prefix}/spots/?${query}`;
  link.hidden = false;
}

function followList(host, marks) {
  const setCurrent = (id, on) => marks.eachLayer((marker) => {
    const pin = marker.getElement();
    if (pin?.dataset.spot === id) {
      if (on) pin.setAttribute("aria-current", "true");
      else pin.removeAttribute("aria-current");
    }
  });
  for (const row of document.querySelectorAll(".rows [data-spot]")) {
    for (const [type, on] of [["pointerenter", true], ["focusin", true], ["pointerleave", false], ["focusout", false]]) {
      row.addEventListener(type, () => setCurrent(row.dataset.spot, on));
    }
  }
}
