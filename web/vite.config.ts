import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'

// A running server for `npm run dev` and `npm run preview`.
const server = process.env.PITBOSS_URL ?? 'http://127.0.0.1:8080'
// The server answers pages of its own origin only, so the proxy speaks as one.
const proxied = { target: server, ws: true, changeOrigin: true, headers: { origin: server } }
const proxy = Object.fromEntries(
  ['/api', '/play?', '/healthz', '/readyz', '/metrics'].map((path) => [path, proxied]),
)

export default defineConfig({
  plugins: [svelte()],
  base: './', // the console lives under any prefix; the server sets <base href>
  build: {
    outDir: '../console/dist',
    emptyOutDir: true, // public/.gitkeep brings the placeholder back
    assetsInlineLimit: 0, // the content security policy allows no data: address
    target: 'es2022',
    modulePreload: { polyfill: false },
  },
  server: { proxy },
  preview: { proxy },
})
