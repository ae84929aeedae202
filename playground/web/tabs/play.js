// The Play tab: its parts, by the ids of their elements.

import "../parts/again.js";
import * as about from "../parts/about.js";
import * as distribution from "../parts/distribution.js";
import * as figures from "../parts/figures.js";
import * as hub from "../parts/hub.js";
import * as knobs from "../parts/knobs.js";
import "../parts/modelbox.js";
import * as notices from "../parts/notices.js";
import { play } from "../parts/player.js";
import "../parts/presses.js";
import * as chart from "../parts/surprise.js";
import * as temperature from "../parts/temperature.js";
import * as text from "../parts/text.js";
import * as typing from "../parts/typing.js";
import "../parts/unfolded.js";

typing.listen((prompt) => play.retype(prompt));

export const parts = { about, notices, hub, temperature, distribution, figures, knobs, text, chart };
