// What pages gain with JavaScript; each works without it. One small module a behaviour.
import { offerCopying } from "./copy.js";
import { keepDrafts } from "./draft.js";
import { offerOrdering } from "./order.js";
import { offerPasskeys } from "./passkey.js";
import { offerPosition } from "./position.js";
import { offerSharing } from "./share.js";

keepDrafts(document);
offerCopying(document);
offerOrdering(document);
offerPasskeys(document);
offerPosition(document);
offerSharing(document);
document.querySelector("[data-focus]")?.focus();
