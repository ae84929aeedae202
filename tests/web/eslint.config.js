// What eslint holds the modules to. Each folder knows only the globals that it may use: what computes knows no page.
import js from "@eslint/js";
import globals from "globals";

const strict = {
  ...js.configs.recommended.rules,
  "array-callback-return": "error",
  "curly": ["error", "multi-line"],
  "default-case-last": "error",
  "dot-notation": "error",
  "eqeqeq": "error",
  "no-alert": "error",
  "no-console": "error",
  "no-else-return": "error",
  "no-eval": "error",
  "no-implicit-coercion": ["error", { allow: ["!!"] }],
  "no-implied-eval": "error",
  "no-lonely-if": "error",
  "no-new-func": "error",
  "no-restricted-properties": [
    "error",
    { property: "innerHTML", message: "Text goes in as text: textContent." },
    { property: "outerHTML", message: "Text goes in as text: textContent." },
    { property: "insertAdjacentHTML", message: "Text goes in as text: append." },
    { object: "document", property: "write", message: "Build elements." },
  ],
  "no-self-compare": "error",
  "no-template-curly-in-string": "error",
  "no-throw-literal": "error",
  "no-unmodified-loop-condition": "error",
  "no-unneeded-ternary": "error",
  "no-unreachable-loop": "error",
  "no-unused-vars": ["error", { caughtErrors: "none" }],
  "no-use-before-define": ["error", { functions: false, classes: true, variables: false }],
  "no-useless-concat": "error",
  "no-useless-return": "error",
  "no-var": "error",
  "object-shorthand": "error",
  "prefer-const": "error",
  "prefer-object-has-own": "error",
  "prefer-template": "error",
  "radix": "error",
};

// What Node and browsers share, and a pure module may use.
const shared = globals["shared-node-browser"];

/** @param {string[]} names */
const off = (names) => Object.fromEntries(names.map((name) => [name, "off"]));

export default [
  {
    files: ["playground/web/**/*.js"],
    languageOptions: { sourceType: "module", ecmaVersion: "latest", globals: globals.browser },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: strict,
  },
  {
    // What is handed in can be tested in Node: core neither reads the page nor reaches it by globalThis.
    files: ["playground/web/core/**/*.js"],
    languageOptions: { globals: { ...off(Object.keys(globals.browser)), ...shared, ...off(["globalThis", "localStorage", "navigator", "sessionStorage"]) } },
  },
  {
    files: ["playground/web/early.js", "playground/web/front.js"],
    languageOptions: { sourceType: "script" },
  },
  {
    files: ["tests/web/**/*.js"],
    languageOptions: { sourceType: "module", ecmaVersion: "latest", globals: globals.node },
    rules: strict,
  },
];
