import { fileURLToPath } from "node:url";
import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vitest/config";

// `npm run dev` shows the pages with the API of a running `stellarmap up`.
const api = process.env["STELLARMAP_URL"] ?? "http://127.0.0.1:8400";

export default defineConfig({
  plugins: [vue()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  server: { host: "127.0.0.1", proxy: { "/api": api, "/sandbox/faults": api } },
  build: {
    target: "es2022",
    manifest: true,
    // The content security policy allows data: for images alone: no font or worker is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  test: {
    environment: "happy-dom",
    include: ["tests/**/*.test.ts"],
  },
});
