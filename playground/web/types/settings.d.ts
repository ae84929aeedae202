// What can be set, and what Python gives the page. Only tsc reads this; browsers do not.

/** The settings of the page, by their names in Python. */
interface Settings {
  model: string;
  prompt: string;
  temperature: number;
  top_k: number;
  top_p: number;
  min_p: number;
  seed: number;
  length: number;
  stop: string;
  /** As core/bias.js writes it. */
  bias: string;
  /** As core/picks.js writes it. */
  picks: string;
}

type SettingName = keyof Settings;

/** What Python says of one setting: its name in links, its default, and its range or its words. */
interface SettingRange {
  link: string;
  default: string | number;
  low?: number;
  high?: number | string;
  whole?: boolean;
  words?: string[];
  /** In every language. */
  range?: Record<string, string>;
  most?: number;
}

/** Bundled with a model, or told by the Hub; a stranger's may lack any of it. */
interface Card {
  title?: string;
  prompts?: string[];
  parameters?: number;
  validation?: { nats: number; unit: string };
  corpus?: { name: string };
  start?: { source: string; text: string };
}

interface Given {
  /** By language, then by key. */
  words: Record<string, Record<string, string>>;
  settings: Record<SettingName, SettingRange>;
  /** [title, name] */
  models: [string, string][];
  prompts: Record<string, string[]>;
  web: string;
}
