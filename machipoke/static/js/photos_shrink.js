// A photo as it is sent: at most 2560 px, upright, without what the camera wrote; and its preview, drawn at once.

const EDGE = 2560; // px; the server keeps 2048
const QUALITY = 0.9;
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
    const scale = Math.min(1, EDGE / edge);
    const canvas = drawn(bitmap, [0, 0, bitmap.width, bitmap.height], bitmap.width * scale, bitmap.height * scale);
    // What may be clear stays a PNG, if that is not larger than what was chosen.
    const type = file.type === "image/png" ? "image/png" : "image/jpeg";
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, type, QUALITY));
    return { blob: blob && blob.size < file.size ? blob : file, preview };
  } catch {
    return { blob: file, preview: null }; // no memory for the canvas
  } finally {
    bitmap.close();
  }
}

function squareOf(bitmap) {
  const side = Math.min(bitmap.width, bitmap.height);
  return drawn(bitmap, [(bitmap.width - side) / 2, (bitmap.height - side) / 2, side, side], PREVIEW, PREVIEW);
}

function drawn(bitmap, part, width, height) {
  const canvas = Object.assign(document.createElement("canvas"), { width: Math.round(width), height: Math.round(height) });
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, ...part, 0, 0, canvas.width, canvas.height);
  return canvas;
}
