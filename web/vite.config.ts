import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** The server that `make web` works against. */
const server = process.env["DEALWRIGHT_URL"] ?? "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: "../src/dealwright/web/static",
    emptyOutDir: true,
    // The first that know light-dark(), from which both themes are made.
    target: ["chrome123", "firefox121", "safari17.5"],
    // Pages are few and shared parts many: files of their own for what all pages use.
    chunkSizeWarningLimit: 700,
    // The policy of the pages allows no data URLs for fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Modules do nothing by themselves: what `ui/index.ts` hands on and only some pages use is loaded with these.
    rolldownOptions: { treeshake: { moduleSideEffects: (id) => !/\/web\/src\/(ui|shell|api|texts)\/.*\.tsx?$/.test(id) } },
  },
  server: {
    proxy: Object.fromEntries(
      ["/v1", "/api", "/app/api", "/oauth", "/openapi"].map((path) => [path, { target: server, changeOrigin: false }]),
    ),
  },
  worker: { format: "es" },
});
