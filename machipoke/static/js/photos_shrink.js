// A photo as it is sent: at most 2560 px, upright, without what the camera wrote; and its preview, drawn at once.

const EDGE = 2560; // px; the server keeps 2048
const LIGHT = 700000; // bytes: ten of these go through a slow line in a minute or two
const TRIES = [[EDGE, 0.9], [EDGE, 0.8], [2048, 0.8], [2048, 0.7], [2048, 0.6]]; // px and quality, until it is light
const SMALL = 1.5 * 1024 * 1024; // bytes that are sent as they are
const PREVIEW = 176; // px, on a screen with two for each

let last = Promise.resolve();

/** { blob, preview }: what to send, and a canvas; where this browser cannot read the file, the file itself and null. */
export function shrink(file) {
  last = last.then(() => shrunk(file)); // one after another: each takes 50 MB while it is open
  return last;
}

async function shrunk(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return { blob: file, preview: null }; // the server says what is wrong with it, or knows it better
  }
  try {
    const preview = squareOf(bitmap);
    const edge = Math.max(bitmap.width, bitmap.height);
    if (file.size <= SMALL && edge <= EDGE) return { blob: file, preview };
    const blob = await lighter(bitmap, file.type !== "image/jpeg");
    return { blob: blob && blob.size < file.size ? blob : file, preview };
  } catch {
    return { blob: file, preview: null }; // no memory for the canvas
  } finally {
    bitmap.close();
  }
}

async function lighter(bitmap, mayBeClear) {
  let canvas;
  let blob = null;
  for (const [most, quality] of TRIES) {
    const scale = Math.min(1, most / Math.max(bitmap.width, bitmap.height));
    const [width, height] = [bitmap.width * scale, bitmap.height * scale].map(Math.round);
    if (canvas?.width !== width || canvas.height !== height) canvas = drawn(bitmap, [0, 0, bitmap.width, bitmap.height], width, height);
    const type = mayBeClear && isClear(canvas) ? "image/webp" : "image/jpeg"; // a browser that writes no WebP makes it a PNG
    blob = await new Promise((resolve) => canvas.toBlob(resolve, type, quality));
    if (!blob || blob.size <= LIGHT) break;
  }
  return blob;
}

/** Whether something shows through. */
function isClear(canvas) {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  for (let at = 3; at < data.length; at += 4) if (data[at] < 255) return true;
  return false;
}

function squareOf(bitmap) {
  const side = Math.min(bitmap.width, bitmap.height);
  return drawn(bitmap, [(bitmap.width - side) / 2, (bitmap.height - side) / 2, side, side], PREVIEW, PREVIEW);
}

function drawn(bitmap, part, width, height) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, ...part, 0, 0, canvas.width, canvas.height);
  return canvas;
}
