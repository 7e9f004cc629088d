// The page on which a spot is written: its photos, its map, and the warning of look-alikes.
import "./photos.js";
import "./picker.js";
import { warnOfLookAlikes } from "./look_alikes.js";

warnOfLookAlikes(document);
