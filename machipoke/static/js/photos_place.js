// Where a photo was taken, read from its EXIF on this device: the smaller copy that is sent does not hold it.

const HEAD = 131072; // bytes: EXIF stands in one segment of at most 64 KB, behind little else

/** { lat, lng } of a JPEG, or null; (0, 0) and what is no place on earth are null too. */
export async function placeOf(file) {
  try {
    const view = new DataView(await file.slice(0, HEAD).arrayBuffer());
    return fromJpeg(view);
  } catch {
    return null; // cut off or malformed: a photo without a place
  }
}

function fromJpeg(view) {
  if (view.getUint16(0) !== 0xffd8) return null;
  for (let at = 2; at + 4 < view.byteLength; at += 2 + view.getUint16(at + 2)) {
    const marker = view.getUint16(at);
    if (marker === 0xffda || marker >> 8 !== 0xff) return null;
    const isExif = marker === 0xffe1 && view.getUint32(at + 4) === 0x45786966;
    if (isExif) return fromTiff(new DataView(view.buffer, at + 10));
  }
  return null;
}

function fromTiff(view) {
  const little = view.getUint16(0) === 0x4949;
  const gps = entries(view, view.getUint32(4, little), little).get(0x8825);
  if (gps === undefined) return null;
  const found = entries(view, view.getUint32(gps, little), little);
  const degrees = (number, sign, negative) => {
    if (!found.has(number) || !found.has(sign)) return NaN;
    const start = view.getUint32(found.get(number), little);
    const part = (index) => view.getUint32(start + 8 * index, little) / view.getUint32(start + 8 * index + 4, little);
    const size = part(0) + (part(1) || 0) / 60 + (part(2) || 0) / 3600;
    return String.fromCharCode(view.getUint8(found.get(sign))) === negative ? -size : size;
  };
  const [lat, lng] = [degrees(2, 1, "S"), degrees(4, 3, "W")];
  const isPlace = Math.abs(lat) <= 85 && Math.abs(lng) <= 180 && (lat !== 0 || lng !== 0);
  return isPlace ? { lat, lng } : null;
}

/** Where the values of a directory stand, by tag. */
function entries(view, at, little) {
  const places = new Map();
  for (let index = 0; index < view.getUint16(at, little); index += 1) {
    const entry = at + 2 + 12 * index;
    places.set(view.getUint16(entry, little), entry + 8);
  }
  return places;
}
