import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// The server under development answers /api; MILLRACE_URL names another one.
const server = process.env.MILLRACE_URL ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { "@": new URL("./src", import.meta.url).pathname } },
  server: { port: 5173, proxy: { "/api": { target: server, changeOrigin: true } } },
  build: {
    target: "es2022",
    manifest: true,
    // The strict Content-Security-Policy allows no data: scripts and only small data: images.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1600,
    rolldownOptions: {
      output: {
        entryFileNames: "assets/[name]-[hash].js",
        chunkFileNames: "assets/[name]-[hash].js",
        assetFileNames: "assets/[name]-[hash][extname]",
      },
    },
  },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["./src/test-setup.ts"],
    css: false,
    restoreMocks: true,
    testTimeout: 15_000,
  },
});
