// Asks the server for the marks of the shown part of the map: clusters with a count, or single spots.

const APART = 46; // px: a pin is 44 wide, and two must not cover each other

let running = null;

/** Marks as { key, lat, lng, count, bbox, spot }, or null when a newer question overtook this one or none came. */
export async function fetchMarks(host, map, asked) {
  running?.abort();
  const mine = (running = new AbortController());
  const box = shownPart(map, asked);
  if (!box) return [];
  const query = new URLSearchParams(host.dataset.query);
  query.set("bbox", box.map((n) => n.toFixed(5)).join(","));
  query.set("zoom", String(Math.floor(map.getZoom())));
  try {
    const response = await fetch(`${host.dataset.clusters}?${query}`, { signal: mine.signal, headers: { Accept: "application/geo+json, application/json" } });
    if (!response.ok) return null;
    const marks = (await response.json()).features.map(toMark);
    return map.getZoom() < map.getMaxZoom() ? joined(marks, map) : marks.map(withKey);
  } catch {
    return null; // the page is being left, or the line is down: what is shown stays
  }
}

/** The visible box, cut to the asked one, so that the map never shows more than the list. */
function shownPart(map, asked) {
  const bounds = map.getBounds();
  const box = [Math.max(-180, bounds.getWest()), Math.max(-90, bounds.getSouth()), Math.min(180, bounds.getEast()), Math.min(90, bounds.getNorth())];
  if (!asked) return box;
  const cut = [Math.max(box[0], asked[0]), Math.max(box[1], asked[1]), Math.min(box[2], asked[2]), Math.min(box[3], asked[3])];
  return cut[0] <= cut[2] && cut[1] <= cut[3] ? cut : null;
}

function toMark({ geometry, properties, bbox }) {
  const [lng, lat] = geometry.coordinates;
  const count = properties.count ?? 1;
  return { lat, lng, count, bbox: bbox ?? [lng, lat, lng, lat], spot: count > 1 ? null : properties };
}

/** Marks that would cover each other become one, at the place of the larger. */
function joined(marks, map) {
  const kept = [];
  for (const mark of marks.sort((one, other) => other.count - one.count)) {
    const point = map.latLngToLayerPoint([mark.lat, mark.lng]);
    const near = kept.find((one) => one.point.distanceTo(point) < APART);
    if (!near) {
      kept.push({ ...mark, point });
      continue;
    }
    near.count += mark.count;
    near.spot = null;
    near.bbox = [Math.min(near.bbox[0], mark.bbox[0]), Math.min(near.bbox[1], mark.bbox[1]), Math.max(near.bbox[2], mark.bbox[2]), Math.max(near.bbox[3], mark.bbox[3])];
  }
  return kept.map(withKey);
}

function withKey(mark) {
  return { ...mark, key: mark.spot ? mark.spot.id : `${mark.count} ${mark.bbox}` };
}
