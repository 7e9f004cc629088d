// What pages gain with JavaScript; each works without it. One small module a behaviour.
import { offerPosition } from "./position.js";
import { offerSharing } from "./share.js";

offerPosition(document);
offerSharing(document);
document.querySelector("[data-focus]")?.focus();
