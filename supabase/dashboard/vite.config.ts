import { defineConfig } from "vite";

// Relative, so that the files work at any path of any static host; no module preload, for its polyfill is inline script.
export default defineConfig({
  root: import.meta.dirname!,
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: false,
    emptyOutDir: true,
    reportCompressedSize: false,
  },
});
