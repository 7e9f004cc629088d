// The page on which a spot is written: its map, and the warning of look-alikes.
import "./picker.js";
import { warnOfLookAlikes } from "./look_alikes.js";

warnOfLookAlikes(document);
