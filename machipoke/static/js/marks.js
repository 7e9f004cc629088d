// Asks the server for the marks of the shown part of the map: clusters with a count, or single spots.

let running = null;

/** GeoJSON features, or null when a newer question overtook this one. */
export async function fetchMarks(host, map) {
  running?.abort();
  const mine = (running = new AbortController());
  const bounds = map.getBounds();
  const query = new URLSearchParams(host.dataset.query);
  const west = Math.max(-180, bounds.getWest());
  const east = Math.min(180, bounds.getEast());
  query.set("bbox", [west, Math.max(-90, bounds.getSouth()), east, Math.min(90, bounds.getNorth())].map((n) => n.toFixed(5)).join(","));
  query.set("zoom", String(Math.round(map.getZoom())));
  try {
    const response = await fetch(`${host.dataset.clusters}?${query}`, { signal: mine.signal, headers: { Accept: "application/geo+json, application/json" } });
    if (!response.ok) return null;
    return (await response.json()).features;
  } catch (error) {
    if (error.name === "AbortError") return null;
    throw error;
  }
}
